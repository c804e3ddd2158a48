import { realpath } from 'node:fs/promises'
import { posix } from 'node:path'
import { GridwrapError } from '../core/errors.ts'
import { matchesPath } from '../core/name-pattern.ts'
import { copyBatch, isForBatch, mostInBatch } from './copy-batch.ts'
import { copyFile } from './copy-file.ts'
import type { Endpoint, Entry } from './endpoint.ts'
import type { Endpoints } from './endpoints.ts'
import { isThere } from './is-there.ts'
import { below, type Location, serverOf } from './location.ts'
import { retrying } from './retry.ts'
import type { TreeFile, TreeOptions, TreeResult } from './tree-options.ts'

/** Deeper than any tree that people make; a server whose links lead in a circle has no end. */
const mostDepth = 128

/**
 * Copies a directory and what is below it. What fails is told and left out; the rest goes on, unless it is the credential.
 * Throws that, what keeps the directory itself from being read, and the signal's reason.
 */
export async function copyTree(
  endpoints: Endpoints,
  source: Location,
  destination: Location,
  options: TreeOptions = {},
): Promise<TreeResult> {
  const { concurrency = 4, signal, tree } = options
  await requireOutside(source, destination)
  const to = endpoints.at(destination)
  const directories = new Map<string, Promise<void>>()
  const directory = (location: Location): Promise<void> => {
    const known = directories.get(location.path) ?? retry(options, () => to.makeDirectories(location.path))
    directories.set(location.path, known)
    return known
  }
  const counts = { copied: 0, skipped: 0, failed: 0 }
  const batch: { readonly file: TreeFile; readonly parent: Location }[] = []
  const copyTogether = async (together: typeof batch): Promise<void> => {
    const ready: typeof batch = []
    for (const one of together)
      try {
        await directory(one.parent)
        if (options.sync === undefined || !(await isThere(endpoints, one.file, options.sync, options))) ready.push(one)
        else {
          counts.skipped++
          tree?.onSkipped?.(one.file)
        }
      } catch (error) {
        failed(one.file.source, error)
      }
    const results = await copyBatch(
      endpoints,
      ready.map(one => one.file),
      options,
    )
    for (const [index, { file, parent }] of ready.entries()) {
      const copied = results[index]
      if (copied === undefined) {
        await copyOne(file, parent)
        continue
      }
      counts.copied++
      tree?.onCopied?.(file, copied)
    }
  }
  const copyOne = async (file: TreeFile, parent: Location): Promise<void> => {
    try {
      await directory(parent)
      if (options.sync !== undefined && (await isThere(endpoints, file, options.sync, options))) {
        counts.skipped++
        return tree?.onSkipped?.(file)
      }
      const copied = await copyFile(endpoints, file.source, file.destination, {
        ...options,
        known: isTold(file.entry) ? file.entry : undefined,
      })
      counts.copied++
      tree?.onCopied?.(file, copied)
    } catch (error) {
      if (signal?.aborted === true || isOfAll(error)) throw error
      counts.failed++
      tree?.onFailed?.(file.source, error)
    }
  }
  const failed = (place: Location, error: unknown): void => {
    if (signal?.aborted === true || isOfAll(error)) throw error
    counts.failed++
    tree?.onFailed?.(place, error)
  }
  const running = new Set<Promise<void>>()
  let broken: { readonly error: unknown } | undefined
  const begin = async (copying: Promise<void>): Promise<void> => {
    const work = copying
      .catch((error: unknown) => {
        broken ??= { error }
      })
      .finally(() => running.delete(work))
    running.add(work)
    while (running.size >= concurrency) await Promise.race(running)
  }
  for await (const found of walk(endpoints.at(source), source, destination, '', 0, options)) {
    if (found.kind === 'failed') {
      failed(found.source, found.error)
      continue
    }
    if (found.kind === 'directory') {
      // What goes into it fails for the same reason, and says so.
      await directory(found.destination).catch((error: unknown) => failed(found.source, error))
      continue
    }
    tree?.onFound?.(found.file)
    if (options.pipeline === true && isForBatch(endpoints, found.file)) {
      batch.push(found)
      if (batch.length >= mostInBatch) await begin(copyTogether(batch.splice(0)))
    } else await begin(copyOne(found.file, found.parent))
    if (broken !== undefined) break
  }
  if (broken === undefined && batch.length > 0) await begin(copyTogether(batch.splice(0)))
  await Promise.all(running)
  if (broken !== undefined) throw broken.error
  return counts
}

type Found =
  | { readonly kind: 'directory'; readonly source: Location; readonly destination: Location }
  | { readonly kind: 'failed'; readonly source: Location; readonly error: unknown }
  | { readonly kind: 'file'; readonly file: TreeFile; readonly parent: Location }

async function* walk(
  from: Endpoint,
  source: Location,
  destination: Location,
  prefix: string,
  depth: number,
  options: TreeOptions,
): AsyncGenerator<Found, void, undefined> {
  const { include, exclude = [], signal, tree } = options
  if (depth > mostDepth) return yield { kind: 'failed', source, error: tooDeep(source) }
  yield { kind: 'directory', source, destination }
  let entries: readonly Entry[]
  try {
    entries = await retry(options, async () => {
      const all: Entry[] = []
      for await (const entry of from.list(source.path, signal)) all.push(entry)
      return all
    })
  } catch (error) {
    if (signal?.aborted === true || depth === 0) throw error
    return yield { kind: 'failed', source, error }
  }
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const relative = `${prefix}${entry.name}`
    if (matchesAny(exclude, relative, entry.name)) continue
    const problem = entry.problem ?? nameProblem(entry.name)
    if (problem !== undefined) {
      const error = new GridwrapError(
        'transfer-failed',
        `${JSON.stringify(entry.name)} in ${source.text} is not copied: ${problem}.`,
      )
      yield { kind: 'failed', source, error }
      continue
    }
    const place = { source: below(source, entry.name), destination: below(destination, entry.name) }
    if (entry.kind === 'directory')
      yield* walk(from, place.source, place.destination, `${relative}/`, depth + 1, options)
    else if (entry.kind === 'other') tree?.onPassedOver?.(relative)
    else if (include === undefined || matchesAny(include, relative, entry.name))
      yield { kind: 'file', file: { relative, entry, ...place }, parent: destination }
  }
}

/** Whether an error would be that of every other file as well: who is not let in is let in for none. */
const isOfAll = (error: unknown): boolean => error instanceof GridwrapError && error.code === 'credential-problem'

/** Whether a listing says all of a file that it would say itself. Of a link it may say what the link is. */
const isTold = ({ kind, size, modified, isLink }: Entry): boolean =>
  kind === 'file' && size !== undefined && modified !== undefined && isLink !== true

/** What keeps a name of the source's from being one at the destination: it must not lead anywhere else. */
const nameProblem = (name: string): string | undefined =>
  name === '' || name === '.' || name === '..' || /[/\0\r\n]/.test(name) ? 'that is no name of a file' : undefined

const tooDeep = ({ text }: Location): GridwrapError =>
  new GridwrapError('transfer-failed', `${text} lies more than ${mostDepth} directories deep: links lead in a circle.`)

/** A directory that is copied into itself would have no end. */
async function requireOutside(source: Location, destination: Location): Promise<void> {
  const [from, to] =
    source.scheme === 'file' && destination.scheme === 'file'
      ? await Promise.all([realPath(source.path), realPath(destination.path)])
      : [posix.normalize(source.path), posix.normalize(destination.path)]
  if (serverOf(source) !== serverOf(destination)) return
  if (`${to.replace(/\/+$/, '')}/`.startsWith(`${from.replace(/\/+$/, '')}/`))
    throw new GridwrapError(
      'invalid-input',
      `${destination.text} lies in ${source.text}: it cannot be copied into itself.`,
    )
}

/** Without links, as far as it is there. */
async function realPath(path: string): Promise<string> {
  const parent = posix.dirname(path)
  return await realpath(path).catch(async () =>
    parent === path ? path : posix.join(await realPath(parent), posix.basename(path)),
  )
}

const matchesAny = (patterns: readonly string[], relative: string, name: string): boolean =>
  patterns.some(pattern => matchesPath(pattern, relative) || (!pattern.includes('/') && matchesPath(pattern, name)))

const retry = <T>({ retry: policy = {}, listener, signal }: TreeOptions, work: () => Promise<T>): Promise<T> =>
  retrying(work, policy, {
    moved: () => false,
    signal,
    onRetry: (error, delayMs) => listener?.onRetry?.(error, delayMs),
  })
