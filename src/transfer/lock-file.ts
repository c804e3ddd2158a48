import { link, readFile, unlink, writeFile } from 'node:fs/promises'
import { newId } from '../core/ids.ts'
import { bootId, hostName, isAlive, processStat } from '../core/this-host.ts'

interface Holder {
  readonly host: string
  readonly bootId: string
  readonly pid: number
  /** When it was started, where the system tells. */
  readonly start: string
}

const me: Holder = { host: hostName, bootId, pid: process.pid, start: processStat(process.pid)?.start ?? '' }

/** Locks of this process: a second attempt of its own is somebody else. */
const ours = new Set<string>()

/**
 * Takes a lock that is a file; undefined when somebody has it. One whose holder is gone is taken over. The lock ends when
 * what is answered is disposed of.
 */
export async function lockFile(path: string): Promise<AsyncDisposable | undefined> {
  for (let tries = 0; tries < 5; tries++) {
    if (ours.has(path)) return undefined
    ours.add(path)
    let isMine = false
    try {
      isMine = await create(path)
    } finally {
      if (!isMine) ours.delete(path)
    }
    if (isMine) {
      return {
        [Symbol.asyncDispose]: async () => {
          await unlink(path).catch(() => undefined)
          ours.delete(path)
        },
      }
    }
    const found = await lookAt(path)
    if (found === 'held') return undefined
    if (found === 'stale') await removeStale(path)
  }
  return undefined
}

/** Removes a lock whose holder is gone. One at a time: between a look and its consequence the lock may be somebody's again. */
async function removeStale(path: string): Promise<void> {
  const guard = `${path}.taking`
  if (ours.has(guard)) return
  ours.add(guard)
  try {
    if (await create(guard)) {
      if ((await lookAt(path)) === 'stale') await unlink(path).catch(() => undefined)
      await unlink(guard).catch(() => undefined)
    } else if ((await lookAt(guard)) === 'stale') await unlink(guard).catch(() => undefined)
  } finally {
    ours.delete(guard)
  }
}

/** Whether somebody holds the lock. */
export const isLocked = async (path: string): Promise<boolean> => ours.has(path) || (await lookAt(path)) === 'held'

/** It is there with its text or not at all: who finds it half would take it over. */
async function create(path: string): Promise<boolean> {
  const unfinished = `${path}.${newId()}~`
  try {
    await writeFile(unfinished, JSON.stringify(me), { flag: 'wx', mode: 0o644 })
    await link(unfinished, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await unlink(unfinished).catch(() => undefined)
  }
}

/** Of another machine nobody knows: its lock holds. */
async function lookAt(path: string): Promise<'free' | 'held' | 'stale'> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'free' : 'held'
  }
  return isAtWork(path, text) ? 'held' : 'stale'
}

function isAtWork(path: string, text: string): boolean {
  let holder: Partial<Holder>
  try {
    holder = JSON.parse(text) as Partial<Holder>
  } catch {
    // Of a machine that lost its power.
    return false
  }
  if (holder.host !== me.host) return true
  if (holder.bootId !== me.bootId || holder.pid === undefined) return false
  if (holder.pid === me.pid) return holder.start === me.start && ours.has(path)
  return me.start === '' ? mayBeSignalled(holder.pid) : isAlive(holder.pid, holder.start ?? '')
}

function mayBeSignalled(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
