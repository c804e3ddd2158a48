import { readFile, writeFile } from 'node:fs/promises'

/** Of Linux, whatever the real clock of the kernel is. */
const ticksPerSecond = 100

/** Milliseconds of processor time that a process has used, in all its threads; `reaped` adds its ended children's. */
export async function processorMs(pid: number): Promise<{ readonly own: number; readonly reaped: number }> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1')
  // After the name in brackets, which may hold anything: utime and stime are fields 14 and 15, their children's 16 and 17.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ms = (field: number): number => (Number(fields[field - 3]) * 1000) / ticksPerSecond
  return { own: ms(14) + ms(15), reaped: ms(16) + ms(17) }
}

/** Bytes of memory that a process has now, and the most it had since the last {@link forgetPeak}. */
export async function residentBytes(pid: number): Promise<{ readonly now: number; readonly peak: number }> {
  const text = await readFile(`/proc/${pid}/status`, 'latin1')
  const of = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) * 1024
  return { now: of('VmRSS'), peak: of('VmHWM') }
}

/** Lets the peak begin anew (proc(5), clear_refs). False where the kernel has no such thing: then it is that of all time. */
export async function forgetPeak(pid: number): Promise<boolean> {
  try {
    await writeFile(`/proc/${pid}/clear_refs`, '5')
    return true
  } catch {
    return false
  }
}
