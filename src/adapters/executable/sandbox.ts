import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { AttemptSpec, Sandbox } from '../adapter.ts'

/** What programs of any kind need of a system (FHS 3.0): programs, libraries, and their settings. */
const system = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/opt', '/etc']
/** Where name servers and font caches are found on today's systems; nothing of them is secret. */
const besideIt = ['/run/systemd/resolve', '/var/cache/fontconfig', '/var/lib/texmf']
/**
 * Readable by accounts that run services, or by root, and no business of what they run: what root owns, root without any
 * capability may read.
 */
const secret = [
  ...['/etc/grid-security', '/usr/local/etc/grid-security', '/etc/ssl/private', '/etc/ssh', '/etc/letsencrypt'],
  ...[
    '/etc/shadow',
    '/etc/shadow-',
    '/etc/gshadow',
    '/etc/gshadow-',
    '/etc/sudoers',
    '/etc/sudoers.d',
    '/etc/krb5.keytab',
  ],
]
/** What of it everybody may know: whom one trusts. */
const known = ['/etc/grid-security/certificates', '/etc/grid-security/vomsdir']
/** Files in memory are in no one's working directory, so `disk` does not bound them. */
const temporaryBytes = 64 * 1024 ** 2
const sharedMemoryBytes = 512 * 1024 ** 2

/** The script that the sandbox runs; src/adapters/executable/sandboxed.sh says what it needs. */
const script = readFileSync(join(import.meta.dirname, 'sandboxed.sh'), 'utf8')

/**
 * The words of bubblewrap that make the sandbox of an attempt and run our script in it: the system to be read, the working
 * directory to be written, processes, network, IPC and users of its own (namespaces(7)), no capability.
 */
export function sandboxWords(sandbox: Sandbox, { workDirectory, controlDirectory }: AttemptSpec): readonly string[] {
  const reads = [...system, ...besideIt, ...sandbox.reads]
  const hides = [...secret, ...sandbox.hides].filter(
    path => reads.some(read => isWithin(path, read)) && existsSync(path),
  )
  const bind = (how: string, paths: readonly string[]): readonly string[] => paths.flatMap(path => [how, path, path])
  return [
    'bwrap',
    ...['user', 'pid', 'ipc', 'uts'].map(name => `--unshare-${name}`),
    '--unshare-cgroup-try',
    // Root keeps them otherwise, and could undo all of this.
    ...['--cap-drop', 'ALL'],
    ...(sandbox.network ? [] : ['--unshare-net']),
    ...['--hostname', 'sandbox', '--proc', '/proc', '--dev', '/dev'],
    ...['--size', String(sharedMemoryBytes), '--tmpfs', '/dev/shm'],
    ...['--size', String(temporaryBytes), '--tmpfs', '/tmp', '--symlink', '/tmp', '/var/tmp'],
    ...bind('--ro-bind-try', reads),
    ...hides.flatMap(path => (isFolder(path) ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path])),
    ...bind('--ro-bind-try', [...known, ...sandbox.reads.filter(path => hides.some(hidden => isWithin(path, hidden)))]),
    ...(sandbox.readsControl ? bind('--ro-bind', [controlDirectory]) : []),
    ...bind('--bind', [workDirectory]),
    ...hides.filter(isFolder).flatMap(path => ['--remount-ro', path]),
    ...['--remount-ro', '/dev', '--remount-ro', '/', '--chdir', workDirectory, '--'],
    // A session of its own in there: the leader of its group is then the program and nobody else.
    ...['/usr/bin/setsid', '--', '/bin/sh', '-c', script, 'sh'],
  ]
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

/** What a sandbox must show for a program that is this package's own: the package, and Node. */
export const ownReads: readonly string[] = [join(import.meta.dirname, '../../..'), dirname(dirname(process.execPath))]
