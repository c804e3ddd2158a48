import { once } from 'node:events'
import type { Profiler } from 'node:inspector'
import { connect } from 'node:net'
import { sep } from 'node:path'
import { root } from '../test/support/site.ts'

/** What V8 calls a function that has no file: it is counted to its caller. */
const native = ''
/** Not the container's work: nothing to do, and the profiler itself. */
const apart = ['(idle)', 'node:inspector', 'bench/part-profiler.ts']

/** A part of the time in which the process was not idle. */
export interface Share {
  readonly where: string
  readonly share: number
}

/** Profiles the process whose profiler (part-profiler.ts) listens at `place`, while `work` is done. */
export async function profileDuring(place: string, work: () => Promise<unknown>): Promise<Profiler.Profile> {
  const socket = connect({ path: place, allowHalfOpen: true })
  await once(socket, 'data')
  await work()
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.end()
  await once(socket, 'end')
  return JSON.parse(Buffer.concat(chunks).toString()) as Profiler.Profile
}

/**
 * Where the time went, the largest share first. `self`: by the file whose code ran. `charged`: what Node and packages
 * did is counted to the file of ours that called them; what nobody of ours called stays with Node's file.
 */
export function shares(profile: Profiler.Profile, how: 'self' | 'charged'): readonly Share[] {
  const nodes = new Map(profile.nodes.map(node => [node.id, node]))
  const parents = new Map(profile.nodes.flatMap(node => (node.children ?? []).map(child => [child, node.id])))
  const places = new Map<number, string>()
  const placeOf = (id: number): string => {
    const known = places.get(id)
    if (known !== undefined) return known
    const node = nodes.get(id)
    const own = node === undefined ? '?' : placeOfFrame(node.callFrame)
    const parent = parents.get(id)
    const above = parent === undefined ? '(root)' : placeOf(parent)
    const charged = how === 'charged' && !own.startsWith('src/') && above.startsWith('src/')
    const place = own === native || charged || apart.includes(above) ? above : own
    places.set(id, place)
    return place
  }
  const times = new Map<string, number>()
  let all = 0
  for (const [i, id] of (profile.samples ?? []).entries()) {
    const place = placeOf(id)
    if (apart.includes(place)) continue
    const time = profile.timeDeltas?.[i] ?? 0
    all += time
    times.set(place, (times.get(place) ?? 0) + time)
  }
  return [...times].map(([where, time]) => ({ where, share: time / all })).toSorted((a, b) => b.share - a.share)
}

/** A file of ours, a package, a file of Node, or what V8 calls it: `(garbage collector)`, `(program)` for native code. */
function placeOfFrame({ url, functionName }: Profiler.Profile['nodes'][number]['callFrame']): string {
  if (url === '') return functionName.startsWith('(') ? functionName : native
  if (url.startsWith('node:')) return url
  const path = decodeURIComponent(url.replace(/^file:\/\//, ''))
  const packaged = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]
  return packaged ?? (path.startsWith(root + sep) ? path.slice(root.length + 1) : path)
}

const percent = (share: number): string => `${Math.round(share * 100)} %`

/** The first few, in a line. */
export const inALine = (all: readonly Share[], most = 4): string =>
  all
    .slice(0, most)
    .map(({ where, share }) => `${percent(share)} ${where}`)
    .join(', ')
