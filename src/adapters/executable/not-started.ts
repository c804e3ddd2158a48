import { constants } from 'node:fs'
import { access, open, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { AttemptSpec } from '../adapter.ts'
import { streamFile, type Withdrawal } from './attempt-files.ts'

/** What the C library searches when the environment has no PATH (confstr(3), _CS_PATH). */
const defaultPath = '/bin:/usr/bin'

/** Why an attempt was never run, from its claim. */
export const whyWithdrawn = (spec: AttemptSpec, why: Withdrawal | 'interrupted'): string => {
  switch (why) {
    case 'too-long':
      return `The command line of ${nameOf(spec)} is longer than this host takes; give it less, or a file instead.`
    case 'withdrawn':
      return `${nameOf(spec)} was withdrawn before it was started.`
    case 'interrupted':
      return `${nameOf(spec)} was not started: its launch was interrupted, or there was no room on the disk for it.`
  }
}

/** Why the wrapper could not start the program: its codes when the claim names no program. */
export const whyNotPrepared = (spec: AttemptSpec, code: number): string => {
  if (spec.sandbox !== undefined && code !== 3 && code !== 4 && code !== 5 && code !== 8)
    return `${nameOf(spec)} was not started: its sandbox cannot be made on this host, which needs bubblewrap and user namespaces.`
  const reasons: Readonly<Record<number, string>> = {
    3: 'its working directory cannot be entered',
    4: 'its standard input cannot be opened',
    5: 'there is no room for its output',
    6: 'its limits could not be set',
    7: 'the host has too many processes',
    8: 'its control group cannot be entered',
  }
  return `${nameOf(spec)} was not started: ${reasons[code] ?? 'its launch was interrupted'}.`
}

/**
 * Why a program that ended with 126 or 127 was never executed, in a sentence; undefined when it was, and ended so by
 * itself. Told by what setsid, env and the like say of themselves when they cannot execute something.
 */
export async function whyNotExecuted(spec: AttemptSpec, code: number): Promise<string | undefined> {
  if (code !== 126 && code !== 127) return undefined
  const said = await firstLine(streamFile(spec.controlDirectory, 'stderr'))
  const complaint = /^(?:[^:\s]*\/)?(?:env|setsid|setpriv|wrapper\.sh): (.*)/.exec(said)?.[1]
  if (complaint === undefined) return undefined
  if (/too long/i.test(complaint)) return whyWithdrawn(spec, 'too-long')
  const name = nameOf(spec)
  const file = await findProgram(spec)
  const path = spec.environment['PATH'] ?? defaultPath
  if (file === undefined) {
    return (spec.argv[0] ?? '').includes('/')
      ? `${name} is not installed on this host: there is no such file.`
      : `${name} is not installed on this host (looked in PATH ${path}).`
  }
  if ((await stat(file)).isDirectory()) return `${name} is a directory on this host, not a program (${file}).`
  if (!(await allows(file, constants.X_OK))) return `${name} is on this host but is not executable (${file}).`
  const interpreter = await missingInterpreter(file, path)
  if (interpreter !== undefined)
    return `${name} needs the interpreter ${interpreter}, which is not installed on this host.`
  return `${name} is on this host but cannot be executed here (${file}).`
}

const nameOf = (spec: AttemptSpec): string => {
  const name = spec.argv[0] ?? ''
  return name === '' ? 'A program without a name' : name.length > 100 ? `${name.slice(0, 100)}…` : name
}

/** Where execvp(3) finds the program, executable or not. */
async function findProgram(spec: AttemptSpec): Promise<string | undefined> {
  const name = spec.argv[0] ?? ''
  if (name === '') return undefined
  return find(name, spec.environment['PATH'] ?? defaultPath, spec.workDirectory)
}

async function find(name: string, path: string, directory: string): Promise<string | undefined> {
  const places = name.includes('/') ? [''] : path.split(':').slice(0, 100)
  const candidates = places.map(place => resolve(directory, name.includes('/') ? name : join(place, name)))
  let first: string | undefined
  for (const candidate of candidates) {
    if (!(await allows(candidate, constants.F_OK))) continue
    if (await allows(candidate, constants.X_OK)) return candidate
    first ??= candidate
  }
  return first
}

/** The interpreter that a script's first line names (execve(2)), when this host does not have it. */
async function missingInterpreter(file: string, path: string): Promise<string | undefined> {
  const words = /^#! *(.*)$/.exec(await firstLine(file))?.[1]?.split(/\s+/) ?? []
  const [interpreter, argument] = words
  if (interpreter === undefined || interpreter === '') return undefined
  if (!(await allows(interpreter, constants.X_OK))) return interpreter
  if (!interpreter.endsWith('/env') || argument === undefined || argument.startsWith('-')) return undefined
  return (await find(argument, path, '/')) === undefined ? argument : undefined
}

const allows = async (path: string, mode: number): Promise<boolean> => {
  try {
    await access(path, mode)
    return true
  } catch {
    return false
  }
}

async function firstLine(path: string): Promise<string> {
  try {
    await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0)
    return buffer.toString('utf8', 0, bytesRead).split('\n')[0] ?? ''
  } catch {
    return ''
  }
}
