import type { ByteSink } from '../gridftp/data/byte-ends.ts'
import type { Copied } from './copy-options.ts'
import type { OpenFile } from './endpoint.ts'
import type { Endpoints } from './endpoints.ts'
import { PartialFile } from './partial-file.ts'
import type { TreeFile, TreeOptions } from './tree-options.ts'

/** Larger files cost more by their bytes than by the questions around them. */
const mostBytes = 1_048_576
/** Files that are open at once. */
export const mostInBatch = 100

/** Whether a file can go with others over the same connections, one behind the other. */
export function isForBatch(endpoints: Endpoints, { source, destination, entry }: TreeFile): boolean {
  if (entry.size === undefined || entry.size > mostBytes) return false
  if (destination.scheme === 'file') return endpoints.at(source).readMany !== undefined
  return source.scheme === 'file' && endpoints.at(destination).writeMany !== undefined
}

/**
 * Copies small files of one directory, all between this machine and the same server, with commands that are said ahead of
 * their turn; sizes are compared. Of each what came of it; undefined: it has to be copied by itself, which also tells why.
 * Throws the signal's reason only.
 */
export async function copyBatch(
  endpoints: Endpoints,
  files: readonly TreeFile[],
  options: TreeOptions,
): Promise<readonly (Copied | undefined)[]> {
  const [first] = files
  if (first === undefined) return []
  const done =
    first.destination.scheme === 'file'
      ? await fetchBatch(endpoints, files, options)
      : await sendBatch(endpoints, files, options)
  options.signal?.throwIfAborted()
  return done
}

async function fetchBatch(
  endpoints: Endpoints,
  files: readonly TreeFile[],
  { signal, listener, preserveTime }: TreeOptions,
): Promise<readonly (Copied | undefined)[]> {
  const opened = await Promise.all(
    files.map(async file => {
      const { source, destination, entry } = file
      const of = { source: source.text, size: entry.size, modified: entry.modified, tag: entry.tag }
      const part = await PartialFile.open(destination.path, of).catch(() => undefined)
      return part?.isRegular === true ? { file, part } : { file, part: await part?.[Symbol.asyncDispose]() }
    }),
  )
  const moving = opened.flatMap(({ file, part }) => (part === undefined ? [] : [{ file, part, came: 0 }]))
  const ended = new Set<TreeFile>()
  const counting = (one: (typeof moving)[number]): ByteSink => ({
    write: async (chunks, position) => {
      await one.part.write(chunks, position)
      const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
      one.came += size
      listener?.onBytes?.(size)
    },
  })
  const [first] = moving
  const list = moving.map(one => ({ path: one.file.source.path, sink: counting(one) }))
  const onEnd = (index: number, error: unknown): void => {
    const one = moving[index]
    if (error === undefined && one !== undefined) ended.add(one.file)
  }
  // Why a file did not come is told when it is copied by itself.
  if (first !== undefined)
    await endpoints
      .at(first.file.source)
      .readMany?.(list, { signal, onEnd })
      .catch(() => undefined)
  const results = new Map<TreeFile, Copied>()
  await Promise.all(
    moving.map(async ({ file, part, came }) => {
      await using _closed = part
      const { size, modified } = file.entry
      if (ended.has(file) && size !== undefined && came === size && part.covers(size)) {
        await part.commit(preserveTime === true ? modified : undefined).then(
          () => results.set(file, { size, verified: 'size', attempts: 1 }),
          () => undefined,
        )
        return
      }
      // It comes again, by itself.
      listener?.onBytes?.(-came)
      await part.forget()
    }),
  )
  return files.map(file => results.get(file))
}

async function sendBatch(
  endpoints: Endpoints,
  files: readonly TreeFile[],
  { signal, listener, preserveTime }: TreeOptions,
): Promise<readonly (Copied | undefined)[]> {
  await using open = new AsyncDisposableStack()
  const moving: { readonly file: TreeFile; readonly source: OpenFile }[] = []
  for (const file of files) {
    const source = await endpoints
      .at(file.source)
      .open?.(file.source.path)
      .catch(() => undefined)
    if (source !== undefined) moving.push({ file, source: open.use(source) })
  }
  const timeKept = async ({ destination, entry: { modified } }: TreeFile): Promise<boolean> => {
    if (preserveTime !== true || modified === undefined) return true
    return endpoints
      .at(destination)
      .setModified(destination.path, modified)
      .then(
        () => true,
        () => false,
      )
  }
  const [one] = moving
  if (one === undefined) return files.map(() => undefined)
  const to = endpoints.at(one.file.destination)
  const list = moving.map(({ file, source }) => ({ path: file.destination.path, source }))
  const ended = new Set<number>()
  const onEnd = (index: number, error: unknown): void => {
    if (error !== undefined) return
    ended.add(index)
    listener?.onBytes?.(list[index]?.source.size ?? 0)
  }
  const sizes = (await to.writeMany?.(list, { signal, onEnd }).catch(() => undefined)) ?? []
  const results = new Map<TreeFile, Copied>()
  for (const [index, { file, source }] of moving.entries()) {
    const size = sizes[index]
    // What was refused leaves what was there before, which may have the same size.
    const arrived = ended.has(index) && size !== undefined && size === source.size && size === file.entry.size
    if (arrived && (await timeKept(file))) results.set(file, { size, verified: 'size', attempts: 1 })
    // It goes again, by itself.
    else if (ended.has(index)) listener?.onBytes?.(-source.size)
  }
  return files.map(file => results.get(file))
}
