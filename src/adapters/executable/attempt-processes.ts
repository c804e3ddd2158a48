import type { ProcessIdentity } from './attempt-files.ts'
import { findProcess, isLive, isStopped, type ProcessRow, type ProcessTable } from './process-table.ts'

/** Tells a process from every other one since the machine was started. */
export const identityKey = ({ pid, start }: ProcessIdentity): string => `${pid} ${start}`

/**
 * The live processes of an attempt that are provably its own: those that carry its cookie, those in the group or session
 * of its program while that program still holds its id (a zombie does), those that were `seen` to be its own before, and
 * the descendants of all of them. Also orphans without a terminal that work in the attempt's own directory: what empties
 * its environment and leaves its parents (a daemon) is found so. Pure.
 *
 * What is returned here gets killed, so everything is refused, all of it, when it would take in this very process, one
 * that this process descends from, or the init process: then the claim is wrong, whoever wrote it.
 */
export function processesOf(
  table: ProcessTable,
  { attempt, workDirectory }: { readonly attempt: string; readonly workDirectory: string },
  program: ProcessIdentity | undefined,
  seen: ReadonlyMap<string, unknown> = new Map(),
  self = process.pid,
): readonly ProcessRow[] {
  const ours = untouchable(table, self)
  const isStray = (row: ProcessRow): boolean => {
    if (!ours.has(row.parent) || row.parent === 0 || row.terminal !== 0 || ours.has(row.pid)) return false
    const directory = table.directory(row)
    return directory === workDirectory || directory?.startsWith(`${workDirectory}/`) === true
  }
  const leader = leaderOf(table, attempt, program)
  const found = new Map<number, ProcessRow>()
  const children = new Map<number, ProcessRow[]>()
  for (const row of table.rows.values()) {
    const siblings = children.get(row.parent)
    if (siblings === undefined) children.set(row.parent, [row])
    else siblings.push(row)
    const inside = leader !== undefined && [row.pid, row.group, row.session].includes(leader.pid)
    if (inside || seen.has(identityKey(row)) || table.marks(row).attempt === attempt || isStray(row))
      found.set(row.pid, row)
  }
  // A map that grows while it is walked: children of children come too.
  for (const row of found.values()) for (const child of children.get(row.pid) ?? []) found.set(child.pid, child)
  for (const pid of ours) if (found.has(pid)) return []
  // Whatever an attempt starts is younger than its program.
  return [...found.values()].filter(row => isLive(row) && Number(row.start) >= Number(program?.start ?? 0))
}

/**
 * Those that go on. Whoever waits in vfork(2) for a child that is stopped is as still as the child, and stops itself no
 * sooner than the child has gone on: shells are there for a moment with each command. Pure.
 */
export function movingOf(members: readonly ProcessRow[]): readonly ProcessRow[] {
  const stoppedChildren = new Set(members.filter(isStopped).map(row => row.parent))
  return members.filter(row => !isStopped(row) && !(row.state === 'D' && stoppedChildren.has(row.pid)))
}

/** Whether the attempt's wrapper, or what it started and has not yet become the program, is among the processes. */
export const isLaunching = (
  table: ProcessTable,
  attempt: string,
  mayBe: (row: ProcessRow) => boolean = () => true,
): boolean => [...table.rows.values()].some(row => isLive(row) && table.marks(row).wrapper === attempt && mayBe(row))

/**
 * Signals the program's process group, or only the program where it is not the leader of one yet. `members` are those
 * of {@link processesOf}: as long as one of them is in the group, its id cannot mean other processes. True when somebody
 * was there.
 */
export function signalGroup(members: readonly ProcessRow[], program: ProcessIdentity, signal: NodeJS.Signals): boolean {
  const inGroup = members.some(row => row.group === program.pid && findProcess(row) !== undefined)
  if (inGroup && isFairGame(program.pid)) return send(-program.pid, signal)
  const leader = members.find(row => row.pid === program.pid)
  return leader !== undefined && signalProcess(leader, signal)
}

/** Signals one of {@link processesOf}, if it is still the same. True when it was there. */
export function signalProcess(row: ProcessRow, signal: NodeJS.Signals): boolean {
  // Between this look and the signal lies a moment in which the id could pass to another process: the kernel would
  // have to go once round all ids in it. Node has no pidfd.
  return isFairGame(row.pid) && findProcess(row) !== undefined && send(row.pid, signal)
}

/**
 * The program's own row, as far as it looks like one: it carries a cookie of the attempt, or it leads a session (after
 * setsid; a program may have overwritten the memory that its environment is read from), or is a zombie.
 */
function leaderOf(table: ProcessTable, attempt: string, program: ProcessIdentity | undefined): ProcessRow | undefined {
  const row = program === undefined || program.pid <= 1 ? undefined : table.rows.get(program.pid)
  if (row === undefined || row.start !== program?.start) return undefined
  const marks = table.marks(row)
  return marks.attempt === attempt || marks.wrapper === attempt || row.session === row.pid ? row : undefined
}

/** This process, all that it descends from, and the init process. */
function untouchable(table: ProcessTable, self: number): ReadonlySet<number> {
  const line = new Set([0, 1])
  for (let pid = self; !line.has(pid); pid = table.rows.get(pid)?.parent ?? 0) line.add(pid)
  return line
}

/** Never 0 and -1, which mean many, never the init process, never ourselves. */
const isFairGame = (pid: number): boolean => Number.isSafeInteger(pid) && pid > 1 && pid !== process.pid

function send(target: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(target, signal)
    return true
  } catch (error) {
    // Gone meanwhile, or (EPERM) another account's, which is for the caller's next look to show.
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}
