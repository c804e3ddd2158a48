import { access, chown, mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { SystemAccount } from '../core/system-account.ts'
import { ConfigurationError } from './configuration.ts'

/** The container's own part of a control group that was handed over to it; programs are in others beside it. */
const ownPart = 'container'
const wanted = ['memory', 'pids', 'cpu']
/** Processes come and go while they are moved. */
const mostRounds = 20

/** The directory below which attempts have their control groups, as `run: cgroup` has it; undefined: they have none. */
export async function controlGroupOf(setting: string): Promise<string | undefined> {
  if (setting === 'none') return undefined
  if (setting !== 'own') return setting
  const own = await ownGroup()
  if (basename(own) === ownPart) return dirname(own)
  // Nobody hands over the root of all; who runs there has a whole machine, or a container of some other kind, to themselves.
  return (await isRoot(own)) ? join(own, 'gridwrap') : own
}

/**
 * Makes it ready: the container's processes go into a part of their own, because a group with members can have no limited
 * groups below it (the rule of cgroups(7) on internal processes), and the controllers are let through. `owner`: whose it is
 * to be, where root does this for an account. Returns what there is no controller for. Throws ConfigurationError.
 */
export async function prepareControlGroup(setting: string, owner?: SystemAccount): Promise<readonly string[]> {
  const base = await controlGroupOf(setting)
  if (base === undefined) return []
  try {
    await mkdir(base, { recursive: true })
    const own = await ownGroup()
    if (own === base) await moveInto(join(base, ownPart), base)
    const has = (await readFile(join(base, 'cgroup.controllers'), 'latin1')).trim().split(/\s+/)
    const here = wanted.filter(name => has.includes(name))
    if (here.length > 0) await writeFile(join(base, 'cgroup.subtree_control'), here.map(name => `+${name}`).join(' '))
    if (owner !== undefined)
      for (const file of ['', 'cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads'])
        await chown(join(base, file), owner.uid, owner.gid)
    return wanted.filter(name => !has.includes(name))
  } catch (error) {
    if (error instanceof ConfigurationError) throw error
    throw new ConfigurationError(
      `run: cgroup: ${base} cannot be used (${(error as NodeJS.ErrnoException).code ?? (error as Error).message}): it must be of control groups version 2, and handed over to the account of the container (Delegate=yes in its unit). Take "cgroup" out, and limits are looked at once a second.`,
    )
  }
}

async function moveInto(target: string, from: string): Promise<void> {
  await mkdir(target, { recursive: true })
  for (let round = 0; round < mostRounds; round++) {
    const members = (await readFile(join(from, 'cgroup.procs'), 'latin1')).split('\n').filter(pid => pid !== '')
    if (members.length === 0) return
    for (const pid of members)
      await writeFile(join(target, 'cgroup.procs'), pid).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ESRCH') throw error
      })
  }
}

/** The control group of this process, as a directory. */
async function ownGroup(): Promise<string> {
  const [, path] = /^0::(.*)$/m.exec(await readFile('/proc/self/cgroup', 'utf8')) ?? []
  const [, mount] = /^\S+ \S+ \S+ \/\S* (\S+) .* - cgroup2 /m.exec(await readFile('/proc/self/mountinfo', 'utf8')) ?? []
  if (path === undefined || mount === undefined)
    throw new ConfigurationError('run: cgroup: this host has no control groups of version 2; take "cgroup" out.')
  return path === '/' ? mount : join(mount, path)
}

/** Only the root of all has no type. */
const isRoot = async (group: string): Promise<boolean> =>
  access(join(group, 'cgroup.type')).then(
    () => false,
    () => true,
  )
