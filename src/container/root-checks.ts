import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { chmod, chown, mkdir } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { accountWords } from '../adapters/run-as/account-words.ts'
import { runCommand } from '../adapters/run-as/run-command.ts'
import { whyNoAcl } from '../adapters/run-as/why-no-acl.ts'
import type { SystemAccount } from '../core/system-account.ts'
import { isExecutable } from '../files/is-executable.ts'
import { type Configuration, ConfigurationError } from './configuration.ts'
import { launcherSocket } from './places.ts'

/** What the processes of a container find their tools in, whatever root's own path is. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

const tools: Readonly<Record<string, string>> = {
  setpriv: 'util-linux',
  setfacl: 'acl',
  chown: 'coreutils',
  getent: 'libc-bin',
}
/** sockaddr_un.sun_path (unix(7)) without its closing NUL. */
const mostSocketPath = 107

/** Everything without which programs could not run as accounts of their owners, or not safely. Throws ConfigurationError. */
export async function checkForRoot(
  configuration: Configuration,
  service: SystemAccount,
  program: string,
): Promise<void> {
  const { data, instances, file, run } = configuration
  const { certificate, key } = configuration['host-credential']
  checkTools()
  checkHost()
  if (instances.startsWith(`${data}/`)) {
    throw problem(
      `instances: ${instances} is inside of data (${data}), which is closed to other accounts; programs could not reach their files. Give it a folder of its own.`,
    )
  }
  if (Buffer.byteLength(launcherSocket(data)) > mostSocketPath)
    throw problem(`data: ${data} is too long a path for a socket in it (${mostSocketPath} bytes at most).`)
  const maps = (run.accounts ?? []).flatMap(rule => ('gridmap' in rule ? [rule.gridmap] : []))
  for (const path of [process.execPath, program, file, ...maps, dirname(data), dirname(instances)])
    checkNotWritable(path, service)
  checkIsRoots(file)
  checkWayTo(instances)
  await checkPassable(dirname(data), service)
  for (const path of [process.execPath, program, file, certificate]) await checkReadable(path, service)
  await checkReadable(key, service, `Give it a copy: install -o ${service.name} -m 400 ${key} CONTAINERKEY`)
}

/** Makes the container's folders, as far as they are not there. Throws ConfigurationError when they cannot serve. */
export async function prepareFolders({ data, instances }: Configuration, service: SystemAccount): Promise<void> {
  await makeFolder(data, 0o700, service, 'data')
  await makeFolder(instances, 0o711, service, 'instances')
  await chmod(instances, 0o711)
  await checkAcl(instances)
}

function checkTools(): void {
  for (const [tool, bundle] of Object.entries(tools)) {
    const found = systemPath.split(delimiter).some(folder => isExecutable(join(folder, tool)))
    if (!found) throw problem(`run: accounts needs the program ${tool}; install the package ${bundle}.`)
  }
}

/** proc_sys_fs(5): without it, a program could link to files that it may not write, and wait for them to be given to it. */
function checkHost(): void {
  const file = '/proc/sys/fs/protected_hardlinks'
  if (readFileSync(file, 'latin1').trim() === '1') return
  throw problem(`run: accounts is not safe while ${file} is not 1; set it: sysctl -w fs.protected_hardlinks=1`)
}

/**
 * Whoever could write these, or put something else in their place, would be root's master, or everybody's: so neither
 * they nor what they lie in may be the service account's to write.
 */
function checkNotWritable(path: string, service: SystemAccount): void {
  if (!existsSync(path)) {
    if (path !== dirname(path)) checkNotWritable(dirname(path), service)
    return
  }
  for (let one = realpathSync(path); ; one = dirname(one)) {
    const stat = statSync(one)
    const sticky = stat.isDirectory() && (stat.mode & 0o1000) !== 0
    const groupWrites = stat.gid === service.gid && (stat.mode & 0o020) !== 0
    const everybodyWrites = (stat.mode & 0o002) !== 0 && !sticky
    if (stat.uid === service.uid || groupWrites || everybodyWrites) {
      throw problem(
        `${one} can be written by ${service.name}${everybodyWrites ? ', or by everybody' : ''}, who could run programs as anybody with it. Make it root's: chown root:root ${one}; chmod go-w ${one}`,
      )
    }
    if (one === dirname(one)) return
  }
}

/** Makes a folder of the container's, as root, unless it is there. Throws ConfigurationError when it is somebody else's. */
export async function makeFolder(path: string, mode: number, service: SystemAccount, key: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o755 })
  if (first !== undefined) {
    await chown(path, service.uid, service.gid)
    await chmod(path, mode)
    return
  }
  if (statSync(path).uid === service.uid) return
  throw problem(`${key}: ${path} does not belong to ${service.name}: chown -R ${service.name}: ${path}`)
}

/** Folders that are not there yet are made so. */
function checkWayTo(path: string): void {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const found = statSync(folder, { throwIfNoEntry: false })
    if (found !== undefined && (found.mode & 0o001) === 0)
      throw problem(`instances: other accounts cannot pass through ${folder} to ${path}: chmod o+x ${folder}`)
    if (folder === dirname(folder)) return
  }
}

/** Who may change the configuration may say as whom programs run. */
function checkIsRoots(file: string): void {
  const { uid } = statSync(file)
  if (uid !== 0)
    throw problem(`${file} belongs to user ${uid}, who could run programs as anybody with it: chown root:root ${file}`)
}

async function checkPassable(folder: string, service: SystemAccount): Promise<void> {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) {
    if (folder !== dirname(folder)) await checkPassable(dirname(folder), service)
    return
  }
  try {
    await runCommand([...accountWords(service), 'test', '-x', folder])
  } catch (error) {
    throw problem(`data: ${service.name} cannot pass through ${folder}, or a folder above it: chmod o+x`, error)
  }
}

async function checkAcl(path: string): Promise<void> {
  const why = await whyNoAcl(path)
  if (why !== undefined) throw problem(`instances: no access control list (acl(5)) can be set on ${path}: ${why}`)
}

async function checkReadable(path: string, service: SystemAccount, wayOut = ''): Promise<void> {
  try {
    await runCommand([...accountWords(service), 'test', '-r', path])
  } catch (error) {
    throw problem(`${path} cannot be read by ${service.name}, as whom the container runs. ${wayOut}`.trimEnd(), error)
  }
}

const problem = (sentence: string, cause?: unknown): ConfigurationError => new ConfigurationError(sentence, { cause })
