import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Limits } from '../../application/model.ts'
import { delay } from '../../core/deadline.ts'
import type { ResourceUse } from '../../core/resource-use.ts'
import type { AttemptSpec } from '../adapter.ts'
import { memoryOverrun } from './limits.ts'

/** A processor for a tenth of a second, in microseconds (cpu.max). */
const period = 100_000
/** pids.max counts threads, and programs have many: this bounds a fork bomb; so many processes as are allowed is for looking. */
const threadsPerProcess = 64
/** No file is made in a control group, and trying to is no ENOENT. */
const existing = { flag: 'r+' }
const rmdirTries = 50
const rmdirPause = 10

/**
 * The control groups of attempts (cgroups(7), version 2), each a directory below one that was handed over to us. What a
 * kernel has no controller for is not limited here, and looked at as without a group.
 */
export class ControlGroups {
  readonly #base: string

  constructor(base: string) {
    this.#base = base
  }

  /** Makes an attempt's group with its limits; to be joined by writing to its `cgroup.procs`. */
  async make({ attempt, limits }: AttemptSpec): Promise<string> {
    const path = this.#path(attempt)
    await mkdir(path).catch(unless('EEXIST'))
    for (const [file, value] of settings(limits))
      await writeFile(join(path, file), value, existing).catch(unless('ENOENT'))
    return path
  }

  /** What an attempt has used, and the limit that it was ended for by the kernel, if it was. */
  async look({ attempt, limits }: AttemptSpec): Promise<{ readonly use?: ResourceUse; readonly overrun?: string }> {
    const read = (file: string): Promise<string> => readFile(join(this.#path(attempt), file), 'latin1').catch(() => '')
    const micros = number(/^usage_usec (\d+)$/m.exec(await read('cpu.stat')))
    const peak = number(/^(\d+)$/m.exec(await read('memory.peak')))
    const killed = number(/^oom_group_kill (\d+)$/m.exec(await read('memory.events')))
    return {
      ...(micros === undefined
        ? {}
        : {
            use: {
              cpuSeconds: micros / 1e6,
              ...(peak === undefined ? {} : { peakMemoryBytes: peak }),
              measured: { cpu: 'cgroup', ...(peak === undefined ? {} : { memory: 'cgroup' }) },
            },
          }),
      ...((killed ?? 0) > 0 && limits.memory !== undefined ? { overrun: memoryOverrun(limits.memory) } : {}),
    }
  }

  /** Whether the kernel bounds the memory of an attempt. */
  async boundsMemory({ attempt, limits }: AttemptSpec): Promise<boolean> {
    if (limits.memory === undefined) return false
    return (await readFile(join(this.#path(attempt), 'memory.max'), 'latin1').catch(() => 'max')).trim() !== 'max'
  }

  /** Kills all that are in an attempt's group, however fast they fork. */
  async kill({ attempt }: AttemptSpec): Promise<void> {
    await writeFile(join(this.#path(attempt), 'cgroup.kill'), '1', existing).catch(unless('ENOENT'))
  }

  /** Takes an attempt's group away, once nobody is in it. */
  async remove({ attempt }: AttemptSpec): Promise<void> {
    for (let tries = 0; tries < rmdirTries; tries++) {
      try {
        await rmdir(this.#path(attempt))
        return
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'ENOENT') return
        // Who was killed leaves it a moment later.
        if (code !== 'EBUSY') throw error
      }
      await delay(rmdirPause)
    }
  }

  #path(attempt: string): string {
    return join(this.#base, `attempt-${attempt}`)
  }
}

/** All of a group die together: a program of which a part was killed is worth nothing. */
const settings = ({ memory, processes, cores }: Limits): readonly (readonly [string, string])[] => [
  ...(memory === undefined
    ? []
    : ([
        ['memory.max', String(memory)],
        ['memory.swap.max', '0'],
        ['memory.oom.group', '1'],
      ] as const)),
  ...(processes === undefined ? [] : ([['pids.max', String(processes * threadsPerProcess)]] as const)),
  ...(cores === undefined ? [] : ([['cpu.max', `${Math.round(cores * period)} ${period}`]] as const)),
]

const number = (match: RegExpExecArray | null): number | undefined =>
  match?.[1] === undefined ? undefined : Number(match[1])

const unless =
  (expected: string) =>
  (error: NodeJS.ErrnoException): undefined => {
    if (error.code !== expected) throw error
    return undefined
  }
