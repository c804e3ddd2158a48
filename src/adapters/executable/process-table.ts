import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs'
import { endianness } from 'node:os'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { monotonic } from '../../core/clock.ts'
import type { ProcessIdentity } from './attempt-files.ts'

/** One process, from /proc/PID/stat (proc_pid_stat(5)). */
export interface ProcessRow extends ProcessIdentity {
  readonly state: string
  readonly parent: number
  readonly group: number
  readonly session: number
  /** The device number of its controlling terminal; 0 is none. */
  readonly terminal: number
  readonly threads: number
  /** Clock ticks of processor time, of the process and of its children that it has waited for. */
  readonly ticks: number
  readonly residentPages: number
}

/** The cookies in a process's environment: of which attempt it is the program or a descendant, or the wrapper. */
export interface Marks {
  readonly attempt: string | undefined
  readonly wrapper: string | undefined
}

export interface ProcessTable {
  readonly rows: ReadonlyMap<number, ProcessRow>
  readonly marks: (row: ProcessRow) => Marks
  /** Where a process works; undefined when that is not for us to know. */
  readonly directory: (row: ProcessRow) => string | undefined
  readonly taken: number
}

/** The name under which every process of a program carries its attempt. */
export const attemptCookie = 'GRIDWRAP_ATTEMPT'
export const wrapperCookie = 'GRIDWRAP_WRAPPER'

/** Pure: the text of /proc/PID/stat; undefined when it is not one. The command's name may hold anything but a newline. */
export function parseStat(text: string): ProcessRow | undefined {
  const pid = Number.parseInt(text, 10)
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const number = (field: number): number => Number(fields[field - 3])
  const start = fields[19]
  if (start === undefined || !Number.isSafeInteger(pid)) return undefined
  return {
    pid,
    state: fields[0] ?? '?',
    parent: number(4),
    group: number(5),
    session: number(6),
    terminal: number(7),
    ticks: number(14) + number(15) + number(16) + number(17),
    threads: number(20),
    start,
    residentPages: number(24),
  }
}

/** The process of this id, if there is one. Reading /proc needs no disk, so it is done at once. */
export function readProcess(pid: number): ProcessRow | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return undefined
  }
}

/** The account that a process was started as (its real user id); undefined when it is gone. */
export function accountOf({ pid }: ProcessIdentity): number | undefined {
  try {
    const [, uid] = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
    return uid === undefined ? undefined : Number(uid)
  } catch {
    return undefined
  }
}

/** The most memory that a process had at once (VmHWM of proc_pid_status(5)); 0 when it is gone, or has none any more. */
export function peakBytes({ pid }: ProcessIdentity): number {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
    return Number(kilobytes ?? 0) * 1024
  } catch {
    return 0
  }
}

/** A zombie is dead, unless it is only the first thread that ended and others go on. */
export const isLive = (row: ProcessRow): boolean =>
  row.state !== 'X' && row.state !== 'x' && (row.state !== 'Z' || row.threads > 1)

export const isStopped = (row: ProcessRow): boolean => row.state === 'T' || row.state === 't'

/** The process of this identity, if it is still there, be it as a zombie. */
export function findProcess({ pid, start }: ProcessIdentity): ProcessRow | undefined {
  const row = readProcess(pid)
  return row?.start === start ? row : undefined
}

export const isRunning = (identity: ProcessIdentity): boolean => {
  const row = findProcess(identity)
  return row !== undefined && isLive(row)
}

const none: Marks = { attempt: undefined, wrapper: undefined }
/** Processes a look at /proc reads before it lets others have their turn: some milliseconds' worth. */
const rowsPerTurn = 100

/**
 * Looks at all processes of the machine, shared by all attempts: fifty of them ask for one look. Environments are read
 * once a process and remembered, except of the young, which may be about to execute something.
 */
export class ProcessWatch {
  #current: Promise<ProcessTable> | undefined
  #next: Promise<ProcessTable> | undefined
  #taken = Number.NEGATIVE_INFINITY
  #marks = new Map<number, { readonly start: string; readonly marks: Marks }>()

  /** A look that began after this call. */
  fresh(): Promise<ProcessTable> {
    this.#next ??= this.#begin(this.#current)
    return this.#next
  }

  /** A look that is at most so many milliseconds old. */
  recent(age: number): Promise<ProcessTable> {
    return this.#current !== undefined && monotonic() - this.#taken <= age ? this.#current : this.fresh()
  }

  async #begin(before: Promise<ProcessTable> | undefined): Promise<ProcessTable> {
    await before?.catch(() => undefined)
    this.#taken = monotonic()
    this.#current = this.#next
    this.#next = undefined
    return this.#look()
  }

  async #look(): Promise<ProcessTable> {
    const rows = new Map<number, ProcessRow>()
    let turn = 0
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue
      const row = readProcess(Number(name))
      if (row !== undefined) rows.set(row.pid, row)
      if (++turn % rowsPerTurn === 0) await nextTurn()
    }
    for (const pid of this.#marks.keys()) if (!rows.has(pid)) this.#marks.delete(pid)
    return { rows, marks: row => this.#marksOf(row), directory: directoryOf, taken: this.#taken }
  }

  #marksOf(row: ProcessRow): Marks {
    const known = this.#marks.get(row.pid)
    if (known?.start === row.start) return known.marks
    const marks = readMarks(row)
    const ageTicks = ticksSinceBoot() - Number(row.start)
    if (marks.attempt !== undefined || ageTicks > 10 * ticksPerSecond) {
      this.#marks.set(row.pid, { start: row.start, marks })
    }
    return marks
  }
}

const directoryOf = ({ pid }: ProcessRow): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

/** A process can make its environment look as large as it likes (prctl(2), PR_SET_MM): as much is read as execve(2) takes. */
const longestEnvironment = 2 * 1024 * 1024
const buffer = Buffer.alloc(longestEnvironment)

function readStart(path: string): string {
  const file = openSync(path, 'r')
  try {
    let length = 0
    for (let read = -1; read !== 0 && length < longestEnvironment; length += read)
      read = readSync(file, buffer, length, longestEnvironment - length, null)
    const read = buffer.subarray(0, length)
    return read.includes('GRIDWRAP_') ? read.toString('utf8') : ''
  } finally {
    closeSync(file)
  }
}

function readMarks(row: ProcessRow): Marks {
  // Threads of the kernel (all children of the second process) have none.
  if (row.parent === 2 || row.pid <= 2) return none
  let text: string
  try {
    text = readStart(`/proc/${row.pid}/environ`)
  } catch {
    return none
  }
  if (!text.includes('GRIDWRAP_')) return none
  const value = (name: string): string | undefined => {
    const entry = text.split('\0').find(one => one.startsWith(`${name}=`))
    return entry?.slice(name.length + 1)
  }
  return { attempt: value(attemptCookie), wrapper: value(wrapperCookie) }
}

/** From the auxiliary vector (getauxval(3)): AT_PAGESZ is 6, AT_CLKTCK is 17. Pairs of machine words. */
function auxiliary(): { readonly pageBytes: number; readonly ticksPerSecond: number } {
  const values = new Map<number, number>()
  try {
    const bytes = readFileSync('/proc/self/auxv')
    const word = (at: number): number =>
      Number(endianness() === 'LE' ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at))
    for (let at = 0; at + 16 <= bytes.length; at += 16) values.set(word(at), word(at + 8))
  } catch {
    // No Linux: nothing can be sampled, and nothing asks.
  }
  return { pageBytes: values.get(6) ?? 4096, ticksPerSecond: values.get(17) ?? 100 }
}

export const { pageBytes, ticksPerSecond } = auxiliary()

const ticksSinceBoot = (): number => {
  try {
    return Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * ticksPerSecond
  } catch {
    return 0
  }
}
