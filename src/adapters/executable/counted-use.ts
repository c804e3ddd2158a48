import type { ResourceUse } from '../../core/resource-use.ts'

/**
 * What the wrapper wrote down of its program's end: two lines of `times` (POSIX, the shell's own and its children's user
 * and system time) and /proc/PID/io of the wrapper, to which the kernel adds that of every child that was waited for. Pure;
 * what is not there, or not as expected, is not known.
 */
export function parseCountedUse(text: string): ResourceUse | undefined {
  const children = text.split('\n')[1]?.trim().split(/\s+/).map(secondsOf)
  const [user, system] = children ?? []
  const cpuSeconds = user === undefined || system === undefined ? undefined : user + system
  const readBytes = field(text, 'rchar')
  const writtenBytes = field(text, 'wchar')
  if (cpuSeconds === undefined && readBytes === undefined) return undefined
  return {
    ...(cpuSeconds === undefined ? {} : { cpuSeconds }),
    ...(readBytes === undefined || writtenBytes === undefined ? {} : { readBytes, writtenBytes }),
    measured: {
      ...(cpuSeconds === undefined ? {} : { cpu: 'counted' }),
      ...(readBytes === undefined || writtenBytes === undefined ? {} : { files: 'counted' }),
    },
  }
}

/** `1m2.34s`; some shells print the decimal comma of their language. */
function secondsOf(text: string): number | undefined {
  const [, minutes, seconds] = /^(\d{1,9})m(\d{1,3}(?:[.,]\d{1,9})?)s$/.exec(text) ?? []
  return minutes === undefined || seconds === undefined
    ? undefined
    : Number(minutes) * 60 + Number(seconds.replace(',', '.'))
}

function field(text: string, name: string): number | undefined {
  const [, digits] = new RegExp(`^${name}: (\\d{1,16})\\s*$`, 'm').exec(text) ?? []
  return digits === undefined ? undefined : Number(digits)
}
