import { delay } from '../core/deadline.ts'
import type { Log } from '../core/log.ts'
import { bootId, hostName, isAlive, processStat } from '../core/this-host.ts'
import type { Writer } from '../store/writer.ts'
import type { LeaseHolder } from '../store/writes/acquire-lease.ts'

/**
 * Takes a lease for this process, or says which living one has it. A holder that is dead (its process is gone, is another
 * one by its start time, or belongs to another boot) is replaced.
 */
export async function takeLease(writer: Writer, name: string): Promise<LeaseHolder | undefined> {
  const me: LeaseHolder = {
    host: hostName,
    bootId,
    pid: process.pid,
    processStart: processStat(process.pid)?.start ?? '',
  }
  let dead: LeaseHolder | null = null
  for (;;) {
    const holder: LeaseHolder = await writer.run('acquireLease', { name, holder: me, dead })
    if (holder.pid === me.pid && holder.processStart === me.processStart && holder.bootId === me.bootId)
      return undefined
    if (holder.bootId === bootId && isAlive(holder.pid, holder.processStart)) return holder
    dead = holder
  }
}

/**
 * Makes this process the one keeper of its store, which belongs to one host, whatever that is called by now. A living
 * keeper is waited for. False when the signal came first.
 */
export async function becomeKeeper(writer: Writer, log: Log, signal: AbortSignal): Promise<boolean> {
  for (let told = false; !signal.aborted; told = true) {
    const other = await takeLease(writer, 'keeper')
    if (other === undefined) return !signal.aborted
    if (!told) log.warn({ holder: other.pid }, 'another keeper of this store is running; waiting for it to end')
    await delay(100, signal).catch(() => undefined)
  }
  return false
}
