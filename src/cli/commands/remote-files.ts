import type { Command } from 'commander'
import { checksumName, checksumNames } from '../../core/checksum.ts'
import { GridwrapError } from '../../core/errors.ts'
import { formatSize } from '../../core/quantities.ts'
import type { Endpoint, Entry } from '../../transfer/endpoint.ts'
import { Endpoints } from '../../transfer/endpoints.ts'
import { below, type Location, parseLocation } from '../../transfer/location.ts'
import { transferFault } from '../../transfer/transfer-fault.ts'
import { print, UsageError } from '../terminal.ts'
import { type AccessFlags, accessOf, accessOptions } from '../transfer-access.ts'

interface Flags extends AccessFlags {
  readonly json?: boolean
  readonly long?: boolean
  readonly recursive?: boolean
  readonly algorithm?: string
}

/** The commands that look at files of servers, and tidy them up. */
export function addRemoteFiles(program: Command): void {
  const commands = [
    program
      .command('ls <url...>')
      .description('what lies in a directory of a server; or a file')
      .option('-l, --long', 'with size and time')
      .option('--json', 'answer in JSON')
      .addHelpText(
        'after',
        '\nExamples:\n  gridwrap ls gsiftp://data.example.org/run7/\n  gridwrap ls -l gsiftp://data.example.org/~/',
      )
      .action((urls: readonly string[], flags: Flags) => each(urls, flags, list)),
    program
      .command('stat <url...>')
      .description('what a file is: kind, size, time')
      .option('--json', 'answer in JSON')
      .addHelpText('after', '\nExample:\n  gridwrap stat gsiftp://data.example.org/run7/events.dat')
      .action((urls: readonly string[], flags: Flags) => each(urls, flags, tell)),
    program
      .command('mkdir <url...>')
      .description('make directories, and those above them')
      .addHelpText('after', '\nExample:\n  gridwrap mkdir gsiftp://data.example.org/~/run8/raw')
      .action((urls: readonly string[], flags: Flags) =>
        each(urls, flags, (endpoint, { path }) => endpoint.makeDirectories(path)),
      ),
    program
      .command('rm <url...>')
      .description('remove files; with -r directories with all that is in them')
      .option('-r, --recursive', 'directories, too')
      .addHelpText(
        'after',
        '\nExamples:\n  gridwrap rm gsiftp://data.example.org/~/old.dat\n  gridwrap rm -r gsiftp://data.example.org/~/run6',
      )
      .action((urls: readonly string[], flags: Flags) => each(urls, flags, remove)),
    program
      .command('checksum <url...>')
      .description('the checksum of a file, as its server tells it')
      .option('-a, --algorithm <name>', 'sha256, md5, adler32, sha1, sha512; default: the best that the server knows')
      .option('--json', 'answer in JSON')
      .addHelpText('after', '\nExample:\n  gridwrap checksum -a adler32 gsiftp://data.example.org/run7/events.dat')
      .action((urls: readonly string[], flags: Flags) => each(urls, flags, sum)),
  ]
  for (const command of commands) for (const option of accessOptions()) command.addOption(option)
}

type Work = (endpoint: Endpoint, location: Location, flags: Flags, several: boolean) => Promise<void>

async function each(urls: readonly string[], flags: Flags, work: Work): Promise<void> {
  await using endpoints = new Endpoints(accessOf(flags))
  for (const url of urls) {
    const location = parseLocation(url)
    try {
      await work(endpoints.at(location), location, flags, urls.length > 1)
    } catch (error) {
      throw transferFault(error, location.text)
    }
  }
}

async function list(endpoint: Endpoint, location: Location, flags: Flags, several: boolean): Promise<void> {
  const isWeb = location.scheme.startsWith('http')
  const there = isWeb ? undefined : await endpoint.stat(location.path)
  const entries: Entry[] = []
  if (there !== undefined && there.kind !== 'directory') entries.push(there)
  else for await (const entry of endpoint.list(location.path)) entries.push(entry)
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  if (flags.json === true) return print(JSON.stringify(entries.map(told)))
  if (several) print(`${location.text}:`)
  for (const entry of entries) print(flags.long === true ? longLine(entry) : lineName(entry))
}

async function tell(endpoint: Endpoint, location: Location, { json }: Flags): Promise<void> {
  const entry = await endpoint.stat(location.path)
  if (json === true) return print(JSON.stringify({ url: location.text, ...told(entry) }))
  const size = entry.size === undefined ? '' : `, ${entry.size} bytes (${formatSize(entry.size)})`
  const modified = entry.modified === undefined ? '' : `, changed ${new Date(entry.modified).toISOString()}`
  print(`${location.text}: ${kinds[entry.kind]}${size}${modified}`)
}

async function remove(endpoint: Endpoint, location: Location, flags: Flags): Promise<void> {
  const isWeb = location.scheme.startsWith('http')
  const entry = isWeb ? undefined : await endpoint.stat(location.path)
  // Of a link the link goes, never what it leads to.
  if (entry?.kind !== 'directory' || entry.isLink === true) return endpoint.removeFile(location.path)
  if (flags.recursive !== true)
    throw new GridwrapError('invalid-input', `${location.text} is a directory.`, {
      hint: 'Remove it with all that is in it with -r.',
    })
  await removeTree(endpoint, location, 0)
}

async function removeTree(endpoint: Endpoint, location: Location, depth: number): Promise<void> {
  if (depth > 128) throw new GridwrapError('transfer-failed', `${location.text} lies too deep: links lead in a circle.`)
  const entries: Entry[] = []
  for await (const entry of endpoint.list(location.path)) entries.push(entry)
  for (const entry of entries) {
    const inside = below(location, entry.name)
    if (entry.kind === 'directory') await removeTree(endpoint, inside, depth + 1)
    else await endpoint.removeFile(inside.path)
  }
  await endpoint.removeDirectory(location.path)
}

async function sum(endpoint: Endpoint, location: Location, { algorithm, json }: Flags): Promise<void> {
  const name = algorithm === undefined ? undefined : checksumName(algorithm)
  if (algorithm !== undefined && name === undefined)
    throw new UsageError(`There is no checksum "${algorithm}" here: ${checksumNames.join(', ').toLowerCase()}.`)
  const found = await endpoint.checksum(
    location.path,
    name === undefined ? ['SHA256', 'SHA512', 'SHA1', 'MD5', 'ADLER32'] : [name],
  )
  if (found === undefined)
    throw new GridwrapError(
      'transfer-failed',
      `${location.text}: the server makes no${algorithm === undefined ? '' : ' such'} checksums.`,
    )
  if (json === true)
    print(JSON.stringify({ url: location.text, algorithm: found.name.toLowerCase(), checksum: found.value }))
  else print(`${found.value}  ${found.name.toLowerCase()}  ${location.text}`)
}

const kinds = { file: 'a file', directory: 'a directory', other: 'neither a file nor a directory' } as const

const told = ({ name, kind, size, modified }: Entry): object => ({
  name,
  kind,
  size,
  modified: modified === undefined ? undefined : new Date(modified).toISOString(),
})

/** Names are others' to choose: what a terminal would obey is shown, not sent. */
const lineName = ({ name, kind }: Entry): string =>
  `${name.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')}${kind === 'directory' ? '/' : ''}`

function longLine(entry: Entry): string {
  const size = entry.kind === 'file' ? String(entry.size ?? '?') : '-'
  const time = entry.modified === undefined ? '' : new Date(entry.modified).toISOString().slice(0, 19).replace('T', ' ')
  return `${size.padStart(15)}  ${time.padEnd(19)}  ${lineName(entry)}`
}
