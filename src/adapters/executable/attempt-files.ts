import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ResourceUse } from '../../core/resource-use.ts'
import { bootId } from '../../core/this-host.ts'
import { parseCountedUse } from './counted-use.ts'

/** A process for all time of one boot: its id may be used again, its start (clock ticks since boot) with it not. */
export interface ProcessIdentity {
  readonly pid: number
  readonly start: string
}

/** What the claim of an attempt says. `unreadable`: it was made and not (yet) filled in. */
export type Claim =
  | { readonly by: 'nobody' }
  | { readonly by: 'unreadable' }
  | { readonly by: 'recovery'; readonly why: Withdrawal; readonly when: number }
  | {
      readonly by: 'wrapper'
      readonly wrapper: ProcessIdentity
      readonly boot: string
      readonly program: ProcessIdentity | undefined
      /** Milliseconds since the epoch at which the claim was last written: when the program was started, if it was. */
      readonly when: number
    }

/** Why an attempt was claimed by somebody who will not run it. */
export type Withdrawal = 'withdrawn' | 'too-long'

/** Names in the control directory; those of wrapper.sh. */
export const claimFile = (control: string): string => join(control, 'claim')
export const statusFile = (control: string): string => join(control, 'status')
export const useFile = (control: string): string => join(control, 'use')
export const streamFile = (control: string, stream: 'stdout' | 'stderr'): string => join(control, stream)

const mostBytes = 512

/** The claim of an attempt as it lies in its control directory. */
export async function readClaim(control: string): Promise<Claim> {
  const found = await readSmall(claimFile(control))
  return found === undefined ? { by: 'nobody' } : parseClaim(found.text, found.modified)
}

/** Pure: the text of a claim file. Whatever is not whole, closed by its terminator, counts as not written. */
export function parseClaim(text: string, when: number): Claim {
  const withdrawn = /^(withdrawn|too-long) *\.\n$/.exec(text)
  if (withdrawn !== null) return { by: 'recovery', why: withdrawn[1] === 'too-long' ? 'too-long' : 'withdrawn', when }
  const match = /^wrapper (\d{1,10}) (\d{1,20}) ([\w-]{1,64}) (?:-|program (\d{1,10}) (\d{1,20})) *\.\n$/.exec(text)
  const [, pid, start, boot, program, programStart] = match ?? []
  if (pid === undefined || start === undefined || boot === undefined) return { by: 'unreadable' }
  return {
    by: 'wrapper',
    wrapper: { pid: Number(pid), start },
    boot,
    program:
      program === undefined || programStart === undefined ? undefined : { pid: Number(program), start: programStart },
    when,
  }
}

/** The code with which the wrapper saw the program end, and when (milliseconds since the epoch); undefined before that. */
export async function readEnd(control: string): Promise<{ readonly code: number; readonly when: number } | undefined> {
  const found = await readSmall(statusFile(control))
  const code = found === undefined ? undefined : parseEnd(found.text)
  return found === undefined || code === undefined ? undefined : { code, when: found.modified }
}

/** Pure: the text of a status file. A torn write is no end. */
export function parseEnd(text: string): number | undefined {
  const match = /^ended (\d{1,3}) *\.\n$/.exec(text)
  return match === null || text.length !== 32 ? undefined : Number(match[1])
}

/** What the wrapper saw its program use; undefined when it wrote nothing down. */
export async function readUse(control: string): Promise<ResourceUse | undefined> {
  const found = await readSmall(useFile(control))
  return found === undefined ? undefined : parseCountedUse(found.text)
}

/** Takes the claim for somebody who will not run the attempt; true when nobody had it before. */
export async function withdraw(control: string, why: Withdrawal): Promise<boolean> {
  try {
    await using handle = await open(claimFile(control), 'wx', 0o600)
    await handle.write(`${why.padEnd(126)}.\n`)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Whether a claim was made on this boot of this machine, so that its process ids mean something. */
export const isOfThisBoot = (claim: { readonly boot: string }): boolean => claim.boot === bootId

async function readSmall(path: string): Promise<{ readonly text: string; readonly modified: number } | undefined> {
  try {
    // Size first: a file that is being overwritten keeps it, and one that is not ours to trust stays small in memory.
    const { size, mtimeMs } = await stat(path)
    if (size > mostBytes) return { text: '', modified: Math.floor(mtimeMs) }
    return { text: await readFile(path, 'latin1'), modified: Math.floor(mtimeMs) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
