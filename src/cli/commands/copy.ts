import { type Command, Option } from 'commander'
import { checksumName } from '../../core/checksum.ts'
import { GridwrapError } from '../../core/errors.ts'
import { formatDuration, formatSize } from '../../core/quantities.ts'
import { copyFile } from '../../transfer/copy-file.ts'
import type { Copied, CopyOptions } from '../../transfer/copy-options.ts'
import { copyTree } from '../../transfer/copy-tree.ts'
import { Endpoints } from '../../transfer/endpoints.ts'
import type { Sync } from '../../transfer/is-there.ts'
import { below, type Location, lastName, parseLocation } from '../../transfer/location.ts'
import { transferFault } from '../../transfer/transfer-fault.ts'
import type { TreeResult } from '../../transfer/tree-options.ts'
import { exitCodes, print, reportError, say, UsageError } from '../terminal.ts'
import { type AccessFlags, accessOf, accessOptions, countOf } from '../transfer-access.ts'
import { TransferProgress } from '../transfer-progress.ts'

interface Flags extends AccessFlags {
  readonly recursive?: boolean
  readonly sync?: Sync
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  readonly pipeline?: boolean
  readonly concurrency: number
  readonly verify?: boolean
  readonly checksum?: string
  readonly preserve?: boolean
  readonly relay?: boolean
  readonly retries: number
  readonly json?: boolean
  readonly quiet?: boolean
}

/** `gridwrap cp`: files from anywhere to anywhere. */
export function addCopy(program: Command): void {
  const command = program
    .command('cp <source...>')
    .usage('[options] SOURCE... DESTINATION')
    .description('copy files between this machine and servers: gsiftp, https, http, ftp, file, - for a pipe')
    .option('-r, --recursive', 'directories with all that is in them')
    .addOption(
      new Option('--sync <how>', 'leave out what is there already, the same by').choices(['size', 'time', 'checksum']),
    )
    .option('--include <pattern>', 'only files of this name or path (*, ?); may be said again', added)
    .option('--exclude <pattern>', 'no files and directories of this name or path; may be said again', added)
    .addOption(new Option('-c, --concurrency <n>', 'files at once, with -r').argParser(countOf(1, 64)).default(4))
    .option(
      '--pipeline',
      'with -r, for many small files: one behind the other, commands ahead of their turn; sizes are compared, not checksums',
    )
    .option('--no-verify', 'compare sizes only, not checksums')
    .option('--checksum <algorithm>', 'compare by this checksum, and fail without: sha256, md5, adler32, sha1, sha512')
    .option('--preserve', 'give the copy the time of the original')
    .option('--relay', 'let the bytes between two GridFTP servers come by here, when these cannot reach each other')
    .addOption(
      new Option('--retries <n>', 'attempts in a row that may come to nothing').argParser(countOf(1, 1000)).default(5),
    )
    .option('--quiet', 'say nothing but errors')
    .option('--json', 'answer in JSON')
    .addHelpText('after', help)
  for (const option of accessOptions()) command.addOption(option)
  command.action(async (places: readonly string[], flags: Flags) => copy(places, flags))
}

const added = (value: string, before: readonly string[] = []): string[] => [...before, value]

const help = `
A directory at the destination takes a file under its own name. With -r, SOURCE/ (with the slash) copies what is in it,
SOURCE the directory itself when the destination is one. A copy that was interrupted goes on where it ended when it is
begun again (into a file of this machine), and after every passing failure by itself.

Examples:
  gridwrap cp gsiftp://data.example.org/run7/events.dat .
  gridwrap cp -p 4 events.dat gsiftp://data.example.org/~/incoming/
  gridwrap cp gsiftp://one.example.org/a.dat gsiftp://two.example.org/b.dat        the servers talk to each other
  gridwrap cp -r --sync time --exclude '*.tmp' results/ gsiftp://data.example.org/results/
  gridwrap cp https://grid.example.org:8443/instances/ID/files/result.dat .
  gridwrap cp ftp://ftp.example.org/pub/table.txt - | head`

async function copy(places: readonly string[], flags: Flags): Promise<void> {
  const [last] = places.slice(-1)
  const sources = places.slice(0, -1).map(parseLocation)
  if (last === undefined || sources.length === 0)
    throw new UsageError('Say what to copy, and where to: gridwrap cp SOURCE DESTINATION')
  if (flags.pipeline === true && flags.checksum !== undefined)
    throw new UsageError('--pipeline compares sizes: it cannot be said together with --checksum.')
  const destination = parseLocation(last)
  await using endpoints = new Endpoints(accessOf(flags))
  using progress = new TransferProgress()
  const stop = new AbortController()
  const interrupt = (): void =>
    stop.abort(new Interrupted('The copy was interrupted; begun again it goes on where it ended.'))
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  const options = optionsOf(flags, progress, stop.signal)
  const isDirectory = await isThereAsDirectory(endpoints, destination, sources.length > 1)
  const reports: object[] = []
  let failed = 0
  let skipped = 0
  for (const source of sources) {
    try {
      // What is in a directory needs no name of its own, which the root of a server has not.
      const target = (): Location => (isDirectory ? below(destination, nameFor(source)) : destination)
      if (flags.recursive === true && (await isDirectoryAt(endpoints, source))) {
        const whole = source.path.endsWith('/') ? destination : target()
        const tree = await copyDirectory(endpoints, source, whole, flags, options, progress, reports)
        failed += tree.failed
        skipped += tree.skipped
      } else {
        const { size } = await sizeOf(endpoints, source)
        progress.total = { bytes: progress.total.bytes + (size ?? 0), files: progress.total.files + 1 }
        const place = target()
        const copied = await copyFile(endpoints, source, place, options)
        progress.fileDone()
        reports.push(reportOf(source.text, place.text, copied))
      }
    } catch (error) {
      if (error instanceof Interrupted || sources.length === 1) throw transferFault(error, source.text)
      failed++
      reportError(transferFault(error, source.text))
    }
  }
  progress[Symbol.dispose]()
  if (flags.json === true) print(JSON.stringify({ copied: reports, skipped, failed }))
  else if (flags.quiet !== true && destination.scheme !== 'stream')
    say(summary({ copied: reports.length, skipped, failed }, progress))
  if (failed > 0) process.exitCode = exitCodes.jobFailed
}

async function copyDirectory(
  endpoints: Endpoints,
  source: Location,
  destination: Location,
  flags: Flags,
  options: CopyOptions,
  progress: TransferProgress,
  reports: object[],
): Promise<TreeResult> {
  const { include, exclude, sync, concurrency, pipeline = false } = flags
  return await copyTree(endpoints, source, destination, {
    ...options,
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
    sync,
    concurrency,
    pipeline,
    // Files are equal next time only if they have the same time.
    preserveTime: options.preserveTime === true || sync === 'time',
    tree: {
      onFound: ({ entry }) => {
        progress.total = { bytes: progress.total.bytes + (entry.size ?? 0), files: progress.total.files + 1 }
      },
      onSkipped: ({ entry }) => {
        progress.total = { bytes: progress.total.bytes - (entry.size ?? 0), files: progress.total.files - 1 }
      },
      onCopied: (file, copied) => {
        progress.fileDone()
        reports.push(reportOf(file.source.text, file.destination.text, copied))
      },
      onFailed: (place, error) => void reportError(transferFault(error, place.text)),
      onPassedOver: relative => {
        if (flags.quiet !== true) say(`${relative} is left out: it is neither a file nor a directory.`)
      },
    },
  })
}

function optionsOf(flags: Flags, progress: TransferProgress, signal: AbortSignal): CopyOptions {
  const { checksum, verify, preserve, relay, retries, quiet } = flags
  const name = checksum === undefined ? undefined : checksumName(checksum)
  if (checksum !== undefined && name === undefined)
    throw new UsageError(`There is no checksum "${checksum}" here: sha256, md5, adler32, sha1, sha512.`)
  return {
    verify: name !== undefined ? 'required' : verify === false ? 'no' : 'possible',
    ...(name === undefined ? {} : { algorithms: [name] }),
    preserveTime: preserve === true,
    relay: relay === true,
    retry: { attempts: retries },
    signal,
    listener: {
      onBytes: count => {
        progress.doing(undefined)
        progress.moved(count)
      },
      onVerify: algorithm => progress.doing(`comparing checksums (${algorithm})`),
      onRetry: (error, delayMs) => {
        const told = transferFault(error, 'the server')
        const why = told instanceof Error ? told.message : String(told)
        if (quiet !== true) say(`${why} Trying again in ${formatDuration(delayMs / 1000)}.`)
      },
    },
  }
}

class Interrupted extends GridwrapError {
  readonly exitCode = exitCodes.interrupted
  constructor(message: string) {
    super('busy', message)
  }
}

function nameFor(source: Location): string {
  const name = source.scheme === 'stream' ? '' : lastName(source)
  if (name !== '') return name
  throw new UsageError(`${source.text} has no name that it could have in a directory; name the destination.`)
}

/** Whether the destination is a directory: because it is written so, because it must be one, or because it is there as one. */
async function isThereAsDirectory(endpoints: Endpoints, destination: Location, must: boolean): Promise<boolean> {
  if (destination.scheme === 'stream') return false
  if (destination.path.endsWith('/')) return true
  if (await isDirectoryAt(endpoints, destination)) return true
  if (must) throw new UsageError(`${destination.text} is no directory, and several files cannot become one.`)
  return false
}

const isDirectoryAt = async (endpoints: Endpoints, location: Location): Promise<boolean> => {
  if (location.scheme === 'stream' || location.scheme.startsWith('http')) return false
  try {
    return (await endpoints.at(location).stat(location.path)).kind === 'directory'
  } catch (error) {
    if (error instanceof GridwrapError && error.code === 'not-found') return false
    throw transferFault(error, location.text)
  }
}

const sizeOf = async (endpoints: Endpoints, location: Location): Promise<{ readonly size: number | undefined }> => {
  if (location.scheme === 'stream') return { size: undefined }
  // What is wrong with it is told by the copy, which tries again.
  return endpoints
    .at(location)
    .stat(location.path)
    .catch(() => ({ size: undefined }))
}

const reportOf = (source: string, destination: string, { size, verified, attempts }: Copied): object => ({
  source,
  destination,
  size,
  verified: typeof verified === 'string' ? verified : verified.name.toLowerCase(),
  ...(typeof verified === 'string' ? {} : { checksum: verified.value }),
  attempts,
})

function summary({ copied, skipped, failed }: TreeResult, { bytes, seconds }: TransferProgress): string {
  const filesOf = (count: number): string => (count === 1 ? '1 file' : `${count} files`)
  const rate = seconds > 0 ? `, ${formatSize(Math.round(bytes / seconds))}/s` : ''
  const same = skipped === 0 ? '' : `; ${filesOf(skipped)} there already`
  const missing = failed === 0 ? '' : `; ${filesOf(failed)} failed`
  return `${filesOf(copied)} copied, ${formatSize(bytes)} in ${formatDuration(seconds)}${rate}${same}${missing}.`
}
