import { watch } from 'node:fs'
import { statusFile } from './attempt-files.ts'

/** How often a program is looked at that nobody will tell us of: its wrapper was killed, or there is no inotify. */
const pollMs = 1000
/** The same while there is no status file to watch yet. */
const earlyPollMs = 50

/**
 * Resolves when `isOver` says so. It is asked at the beginning, when the wrapper exits (`exited`, of which only its parent hears),
 * when the status file is written, and now and then. Rejects with the signal's reason.
 */
export async function watchUntil(
  isOver: () => Promise<boolean>,
  control: string,
  exited: AbortSignal | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const bell = new Bell()
  const ring = (): void => bell.ring()
  signal?.addEventListener('abort', ring)
  exited?.addEventListener('abort', ring)
  let watcher = watchFile(statusFile(control), ring)
  try {
    while (true) {
      signal?.throwIfAborted()
      if (await isOver()) return
      watcher ??= watchFile(statusFile(control), ring)
      await bell.wait(watcher === undefined ? earlyPollMs : pollMs)
    }
  } finally {
    watcher?.close()
    exited?.removeEventListener('abort', ring)
    signal?.removeEventListener('abort', ring)
  }
}

/** Remembers one ring between two waits, so that none is lost. */
class Bell {
  #rung = false
  #wake: (() => void) | undefined

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  async wait(ms: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, ms)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#wake = undefined
    }
    this.#rung = false
  }
}

function watchFile(path: string, ring: () => void): { close(): void } | undefined {
  try {
    const watcher = watch(path, ring)
    watcher.on('error', ring)
    return watcher
  } catch {
    // Not there yet, or the host has no watches left: polling goes on.
    return undefined
  }
}
