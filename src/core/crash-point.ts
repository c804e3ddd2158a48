import { closeSync, openSync } from 'node:fs'

/**
 * The places where a container may be killed so that a test can show that nothing is lost: each lies between two
 * effects that a crash can separate. `process` says who passes there.
 */
export const crashPoints = {
  'front.create.before-commit': 'front',
  'front.create.after-directory': 'front',
  'front.create.after-commit': 'front',
  'front.start.after-files': 'front',
  'front.desire.before-commit': 'front',
  'front.desire.after-commit': 'front',
  'front.upload.before-rename': 'front',
  'front.upload.after-rename': 'front',
  'keeper.launch.before-commit': 'keeper',
  'keeper.launch.after-commit': 'keeper',
  'keeper.launch.after-prepare': 'keeper',
  'keeper.launch.after-spawn': 'keeper',
  'keeper.active.before-commit': 'keeper',
  'keeper.active.after-commit': 'keeper',
  'keeper.signal.before': 'keeper',
  'keeper.signal.after': 'keeper',
  'keeper.checkpoint.after-archive': 'checkpoints',
  'keeper.checkpoint.before-commit': 'checkpoints',
  'keeper.restart.after-unpack': 'checkpoints',
  'keeper.restart.before-commit': 'checkpoints',
  'keeper.collect.before-manifest': 'keeper',
  'keeper.collect.before-commit': 'keeper',
  'keeper.collect.after-commit': 'keeper',
  'keeper.fetch.before-commit': 'stager',
  'keeper.deliver.after-send': 'stager',
  'keeper.deliver.before-commit': 'stager',
  'keeper.notify.after-post': 'notifier',
  'keeper.notify.before-commit': 'notifier',
  'keeper.sweep.before-commit': 'keeper',
  'keeper.sweep.after-commit': 'keeper',
  'keeper.sweep.after-remove': 'keeper',
  'store.commit.before': 'writer',
  'store.commit.after': 'writer',
  'copy.part.after-note': 'command',
  'copy.part.before-rename': 'command',
  'copy.part.after-rename': 'command',
} as const satisfies Record<string, 'front' | 'keeper' | 'writer' | 'stager' | 'notifier' | 'checkpoints' | 'command'>

export type CrashPoint = keyof typeof crashPoints

const wanted = process.env['GRIDWRAP_CRASH_AT']
const once = process.env['GRIDWRAP_CRASH_ONCE']
let left = Number(process.env['GRIDWRAP_CRASH_AFTER'] ?? 1)

/**
 * Kills this process with SIGKILL when `GRIDWRAP_CRASH_AT` names this point. With `GRIDWRAP_CRASH_ONCE=FILE` only the
 * process that manages to create the file dies, so that its successor lives; `GRIDWRAP_CRASH_AFTER=N` waits for the
 * N-th pass. Costs one comparison when nothing is asked for.
 */
export function crashPoint(name: CrashPoint): void {
  if (wanted !== name) return
  if (--left > 0) return
  if (once !== undefined) {
    try {
      closeSync(openSync(once, 'wx'))
    } catch {
      return
    }
  }
  process.kill(process.pid, 'SIGKILL')
}
