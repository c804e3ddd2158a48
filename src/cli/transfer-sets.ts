import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { checksumName } from '../core/checksum.ts'
import { wallClock } from '../core/clock.ts'
import { delay } from '../core/deadline.ts'
import { GridwrapError } from '../core/errors.ts'
import { formatSize } from '../core/quantities.ts'
import { findCredential } from '../gsi/find-credential.ts'
import { Endpoints } from '../transfer/endpoints.ts'
import { isLocked, lockFile } from '../transfer/lock-file.ts'
import { type Pair, readList } from '../transfer/set/list-file.ts'
import { runSet } from '../transfer/set/run-set.ts'
import { SetFolder, type SetOrder } from '../transfer/set/set-folder.ts'
import { ProgressLine } from './progress-line.ts'
import { exitCodes, print, say, UsageError } from './terminal.ts'
import { type AccessFlags, accessOf } from './transfer-access.ts'
import { look, show } from './transfer-set-status.ts'

/** How a set moves, which may be said again when it goes on. */
export interface TermFlags extends AccessFlags {
  readonly concurrency?: number
  readonly attempts?: number
  readonly wait?: boolean
  readonly json?: boolean
}

export interface SubmitFlags extends TermFlags {
  readonly file?: string
  readonly label?: string
  readonly verify?: boolean
  readonly checksum?: string
}

const lookMs = 500

export async function submit(
  source: string | undefined,
  destination: string | undefined,
  flags: SubmitFlags,
): Promise<void> {
  const pairs = await pairsOf(source, destination, flags.file)
  if (flags.checksum !== undefined && checksumName(flags.checksum) === undefined)
    throw new UsageError(`There is no checksum "${flags.checksum}" here: sha256, md5, adler32, sha1, sha512.`)
  const order: SetOrder = {
    ...{ gridwrap: 1, created: wallClock(), label: flags.label ?? '', pairs: absolute(pairs) },
    ...{ concurrency: flags.concurrency ?? 4, attempts: flags.attempts ?? 50 },
    verify: flags.checksum !== undefined ? 'required' : flags.verify === false ? 'no' : 'possible',
    ...(flags.checksum === undefined ? {} : { algorithm: flags.checksum }),
    access: accessFlags(flags),
    environment: credentialPlaces(),
  }
  // Before anything is begun: without one nothing would move all night.
  if (needsCredential(order)) demandCredential()
  const folder = await SetFolder.create(order)
  await begin(folder, pairs.length, flags)
}

/** Starts the process that moves the files, and tells of it as it is wanted. */
async function begin(folder: SetFolder, files: number, { wait: waits, json }: TermFlags): Promise<void> {
  await startWorker(folder)
  if (waits === true) return await wait(folder.id, json === true)
  if (json === true) return print(JSON.stringify({ transfer: folder.id, files }))
  print(folder.id)
  say(
    `${files === 1 ? '1 file moves' : `${files} files move`} in the background: gridwrap transfer status ${folder.id}`,
  )
}

export async function status(word: string, json: boolean): Promise<void> {
  const folder = await SetFolder.find(word)
  await show(folder, json)
}

export async function list(json: boolean): Promise<void> {
  const rows = await Promise.all(
    (await SetFolder.all()).map(async ({ folder, order }) => ({ folder, order, ...(await look(folder)) })),
  )
  if (json)
    return print(
      JSON.stringify(
        rows.map(({ folder, order, said, counts }) => ({
          transfer: folder.id,
          label: order.label,
          state: said,
          ...counts,
        })),
      ),
    )
  if (rows.length === 0) say('You have no transfers. Begin one: gridwrap transfer submit -f LIST')
  for (const { folder, order, said, counts } of rows)
    print(
      `${folder.id}  ${new Date(order.created).toISOString().slice(0, 16).replace('T', ' ')}  ${said.padEnd(11)}  ${counts.done} of ${counts.files}${counts.failed > 0 ? `, ${counts.failed} failed` : ''}  ${order.label}`,
    )
}

/** Waits for the end, or until nobody works on it any more. */
export async function wait(word: string, json: boolean): Promise<void> {
  const folder = await SetFolder.find(word)
  {
    using line = new ProgressLine()
    const follow = await folder.follow()
    for (;;) {
      const { said, counts, state } = await look(folder, follow)
      if (said !== 'moving' && said !== 'paused') break
      line.show(
        `${counts.done} of ${counts.files} files, ${formatSize(counts.bytes)}${said === 'paused' ? `, paused: ${state.why ?? ''}` : ''}`,
      )
      await delay(lookMs)
    }
  }
  const { state } = await show(folder, json)
  // What waits can still come; what has failed does not by waiting.
  if (state.files.some(file => file.state === 'failed')) process.exitCode = exitCodes.jobFailed
  else if (state.files.some(file => file.state !== 'done')) process.exitCode = exitCodes.temporary
}

export async function log(word: string, follow: boolean): Promise<void> {
  const folder = await SetFolder.find(word)
  let at = 0
  const state = await folder.follow()
  for (;;) {
    const { said } = await look(folder, state)
    const size = (await stat(folder.log).catch(() => undefined))?.size ?? 0
    if (size > at) {
      await using handle = await open(folder.log, 'r')
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - at), 0, size - at, at)
      process.stdout.write(buffer.subarray(0, bytesRead))
      at += bytesRead
    }
    if (!follow || (said !== 'moving' && said !== 'paused')) return
    await delay(lookMs)
  }
}

export async function cancel(word: string): Promise<void> {
  const folder = await SetFolder.find(word)
  const before = await look(folder)
  if (before.counts.done === before.counts.files) return say(`All files of ${folder.id} are there already.`)
  await folder.cancel()
  // Without a worker nobody would write down that it is cancelled.
  if (!(await isLocked(folder.lock))) await startWorker(folder)
  const follow = await folder.follow()
  for (;;) {
    const { said } = await look(folder, follow)
    if (said !== 'moving' && said !== 'paused') break
    await delay(100)
  }
  await show(folder, false)
}

export async function resume(word: string, flags: TermFlags): Promise<void> {
  const folder = await SetFolder.find(word)
  if (await isLocked(folder.lock)) throw new GridwrapError('not-ready', `The transfer ${folder.id} moves already.`)
  const { files } = await folder.state()
  const left = files.filter(({ state }) => state !== 'done').length
  if (left === 0) {
    say(`All files of ${folder.id} are there.`)
    if (flags.json === true) await show(folder, true)
    return
  }
  const order = await folder.order()
  const { concurrency = order.concurrency, attempts = order.attempts } = flags
  await folder.setTerms({ concurrency, attempts, access: { ...order.access, ...accessFlags(flags) } })
  await folder.uncancel()
  await begin(folder, left, flags)
}

export async function remove(word: string): Promise<void> {
  const folder = await SetFolder.find(word)
  if (await isLocked(folder.lock))
    throw new GridwrapError('not-ready', `The transfer ${folder.id} still moves.`, {
      hint: `gridwrap transfer cancel ${folder.id}`,
    })
  await folder.remove()
}

/** The process in the background. */
export async function work(id: string): Promise<void> {
  const folder = await SetFolder.find(id)
  await using lock = await lockFile(folder.lock)
  // Another one is faster.
  if (lock === undefined) return
  const order = await folder.order()
  for (const [name, value] of Object.entries(order.environment)) process.env[name] ??= value
  await using endpoints = new Endpoints(accessOf(order.access as AccessFlags))
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.once(signal, () => stop.abort(new Error(`It was told to stop (${signal}).`)))
  const needs = needsCredential(order)
  await runSet(folder, { endpoints, signal: stop.signal, demandCredential: () => needs && demandCredential() })
}

async function startWorker(folder: SetFolder): Promise<void> {
  const output = openSync(join(folder.path, 'worker.log'), 'a', 0o600)
  const child = spawn(process.execPath, [process.argv[1] ?? '', 'transfer', 'work', folder.id], {
    detached: true,
    stdio: ['ignore', output, output],
  })
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  closeSync(output)
  child.unref()
  // It has begun when it holds the lock; one that ended at once has said why.
  for (;;) {
    if (await isLocked(folder.lock)) return
    if (await Promise.race([gone.then(() => true), delay(50).then(() => false)])) break
  }
  const said = readFileSync(join(folder.path, 'worker.log'), 'utf8').trim()
  if (child.exitCode !== 0)
    throw new GridwrapError('busy', `The process that moves the files ended at once: ${said.split('\n').at(-1) ?? ''}`)
}

async function pairsOf(
  source: string | undefined,
  destination: string | undefined,
  file: string | undefined,
): Promise<readonly Pair[]> {
  if (file === undefined) {
    if (source === undefined || destination === undefined)
      throw new UsageError('Say what to move: gridwrap transfer submit SOURCE DESTINATION, or -f LIST')
    return readList(`"${source}" "${destination}"`)
  }
  if (source !== undefined) throw new UsageError('Give a list (-f) or one file, not both.')
  const text = await readFile(file === '-' ? '/dev/stdin' : file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      error.code === 'ENOENT'
        ? `There is no list ${file}.`
        : `${file} cannot be read (${error.code ?? error.message}).`,
    )
  })
  return readList(text)
}

/** Paths of this machine are those of the folder in which it was submitted. */
const absolute = (pairs: readonly Pair[]): readonly Pair[] =>
  pairs.map(({ source, destination }) => ({ source: wherever(source), destination: wherever(destination) }))
const wherever = (text: string): string =>
  /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text) || text.startsWith('/') ? text : join(process.cwd(), text)

const needsCredential = ({ pairs }: Pick<SetOrder, 'pairs'>): boolean =>
  pairs.some(({ source, destination }) => /^gsiftp:/i.test(source) || /^gsiftp:/i.test(destination))

function demandCredential(): void {
  const { expires } = findCredential()
  if (expires <= wallClock())
    throw new GridwrapError('credential-problem', `Your proxy expired at ${new Date(expires).toISOString()}.`, {
      hint: 'Make a new one: gridwrap proxy init',
    })
}

/** Of the flags those that say how servers are spoken to; passwords and tokens are none of them. */
function accessFlags(flags: AccessFlags): Readonly<Record<string, unknown>> {
  const { parallel, fast, active, tcpBuffer, protect, dataAuthentication, delegate } = flags
  const { serverSubject, tokenFile, timeout } = flags
  const kept = {
    ...{ parallel, fast, active, tcpBuffer, protect, dataAuthentication, delegate },
    ...{ serverSubject, tokenFile, timeout },
  }
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined))
}

const credentialPlaces = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [
      'X509_USER_PROXY',
      'X509_USER_CERT',
      'X509_USER_KEY',
      'X509_CERT_DIR',
      'GLOBUS_TCP_PORT_RANGE',
      'BEARER_TOKEN_FILE',
    ].flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  ) as Record<string, string>
