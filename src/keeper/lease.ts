import { delay } from '../core/deadline.ts'
import type { Log } from '../core/log.ts'
import { bootId, hostName, isAlive, processStat } from '../core/this-host.ts'
import type { Writer } from '../store/writer.ts'
import type { LeaseHolder } from '../store/writes/acquire-lease.ts'

/**
 * Makes this process the one keeper of its host. A holder that is dead (its process is gone, is another one by its start
 * time, or belongs to another boot) is replaced; a living one is waited for. False when the signal came first.
 */
export async function becomeKeeper(writer: Writer, log: Log, signal: AbortSignal): Promise<boolean> {
  const me: LeaseHolder = {
    host: hostName,
    bootId,
    pid: process.pid,
    processStart: processStat(process.pid)?.start ?? '',
  }
  let dead: LeaseHolder | null = null
  for (let told = false; !signal.aborted; ) {
    const holder: LeaseHolder = await writer.run('acquireLease', { name: `keeper:${hostName}`, holder: me, dead })
    if (holder.pid === me.pid && holder.processStart === me.processStart && holder.bootId === me.bootId)
      return !signal.aborted
    if (holder.bootId !== bootId || !isAlive(holder.pid, holder.processStart)) {
      dead = holder
      continue
    }
    if (!told) log.warn({ holder: holder.pid }, 'another keeper of this host is running; waiting for it to end')
    told = true
    await delay(100, signal).catch(() => undefined)
  }
  return false
}
