import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

export const hostName = hostname()

/** Changes with every boot of the machine: a process id of another boot means nothing. */
export const bootId = ((): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return 'unknown'
  }
})()

/** Milliseconds since the machine was started, by a clock that nobody sets and that goes on while it sleeps. */
export const sinceBoot = (): number => Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * 1000

/** State letter and start time (clock ticks since boot, field 22) of a process; undefined when there is none. */
export function processStat(pid: number): { readonly state: string; readonly start: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '?', start: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

/** Whether this very process still lives: same start time, and not a zombie. */
export function isAlive(pid: number, start: string): boolean {
  const stat = processStat(pid)
  return stat !== undefined && stat.start === start && stat.state !== 'Z' && stat.state !== 'X'
}
