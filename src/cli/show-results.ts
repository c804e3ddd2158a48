import { createWriteStream } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { HttpsConnection } from '../client/https-connection.ts'
import { plainError } from '../client/remote-fault.ts'
import { newId } from '../core/ids.ts'
import { formatSize } from '../core/quantities.ts'
import type { JobStatus } from '../factory/job-status.ts'
import { jsonOf } from '../web/json.ts'
import { makeFolder } from './make-folder.ts'
import { exitCodes, print, quoted, say } from './terminal.ts'

interface FileOut {
  readonly name: string
  readonly size: bigint
  readonly url?: readonly string[]
  readonly content?: Uint8Array
}

const tailBytes = 2000

export type Results = Readonly<Record<string, unknown>> & { readonly status: JobStatus }

const isFile = (value: unknown): value is FileOut =>
  typeof value === 'object' && value !== null && 'name' in value && 'size' in value

/** The results as lines for people: values first, then files. */
function formatResults(results: Results, saved: ReadonlyMap<string, string>): string {
  const lines: string[] = []
  for (const [name, value] of Object.entries(results)) {
    if (name === 'status' || name === 'ran' || name === 'warning') continue
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (!isFile(one)) lines.push(`${name} = ${String(one)}`)
      else lines.push(`${name}: ${saved.get(one.name) ?? one.url?.[0] ?? one.name} (${formatSize(Number(one.size))})`)
    }
  }
  for (const warning of results.status.warning ?? []) lines.push(`warning: ${warning}`)
  return lines.join('\n')
}

/** Fetches every output file into a folder; file name as the container calls it → path here. */
async function saveFiles(
  results: Results,
  folder: string,
  connection: HttpsConnection,
): Promise<ReadonlyMap<string, string>> {
  const saved = new Map<string, string>()
  const files = Object.values(results)
    .flatMap(value => (Array.isArray(value) ? (value as unknown[]) : [value]))
    .filter(isFile)
  for (const file of files) {
    const path = safePath(folder, file.name)
    await makeFolder(dirname(path))
    const making = `${path}.${newId()}`
    if (file.content !== undefined) await writeFile(making, file.content)
    else {
      const [url] = file.url ?? []
      if (url === undefined) continue
      const { status, body } = await connection.send('GET', url)
      if (status !== 200) throw plainError(status, '', url)
      await pipeline(body, createWriteStream(making))
    }
    await rename(making, path)
    saved.set(file.name, path)
  }
  return saved
}

/** A container may call a file what it likes; here it stays inside the folder. */
function safePath(folder: string, name: string): string {
  const path = join(folder, name)
  const inside = relative(resolve(folder), resolve(path))
  if (name.includes('\0') || name.endsWith('/') || inside === '' || inside.split(sep)[0] === '..')
    throw new Error(
      `The container names a file ${JSON.stringify(name)}, which lies outside the folder; it is not written.`,
    )
  return path
}

/** Fetches files where asked to, prints the results, and sets the exit code by how the job ended. */
export async function showResults(
  results: Results,
  flags: { readonly out?: string; readonly json?: boolean },
  connection: HttpsConnection,
): Promise<void> {
  const saved = flags.out === undefined ? new Map<string, string>() : await saveAll(results, flags.out, connection)
  print(flags.json === true ? jsonOf(withPaths(results, saved)) : formatResults(results, saved))
  const { state, reason, job } = results.status
  // Of one whose outputs are still to be delivered its program has succeeded.
  if (state === 'Done' || state === 'StageOut') return
  say(`The job ${state === 'Canceled' ? 'was canceled' : 'failed'}: ${reason ?? 'no reason is known'}`)
  const tail = await errorTail(`${job.address}/files/stderr`, connection)
  if (tail.trim() !== '') say(quoted(tail))
  process.exitCode = exitCodes.jobFailed
}

async function saveAll(
  results: Results,
  out: string,
  connection: HttpsConnection,
): Promise<ReadonlyMap<string, string>> {
  try {
    return await saveFiles(results, out, connection)
  } catch (error) {
    const { id } = results.status.job
    say(`The results stay in the container; gridwrap results ${id.slice(0, 8)} --out FOLDER fetches them again.`)
    throw error
  }
}

/** What is here now is told by its path instead of its bytes. */
const withPaths = (results: Results, saved: ReadonlyMap<string, string>): object =>
  Object.fromEntries(
    Object.entries(results).map(([name, value]) => {
      const located = (one: unknown): unknown => {
        const path = isFile(one) ? saved.get(one.name) : undefined
        return path === undefined ? one : { ...(one as FileOut), content: undefined, path }
      }
      return [name, Array.isArray(value) ? value.map(located) : located(value)]
    }),
  )

/** The end of what the program wrote to standard error: mostly it says why. Empty when it cannot be had. */
async function errorTail(url: string, connection: HttpsConnection): Promise<string> {
  const range = { Range: `bytes=-${tailBytes}` }
  const { status, text } = await connection.sendForText('GET', url, range, undefined, 64 * tailBytes).catch(() => ({
    status: 0,
    text: '',
  }))
  return status === 206 || status === 200 ? text.slice(-tailBytes) : ''
}
