import { delay } from '../../src/core/deadline.ts'

const patienceMs = 90_000
/** Between two questions: the first, and the longest after it has grown. */
const pauseMs = 30
const longestPauseMs = 500

/** Asks until the answer is yes; the bound is only there so that what never comes fails the test. */
export async function waitFor(what: string | (() => string), isSo: () => boolean | Promise<boolean>): Promise<void> {
  const begun = performance.now()
  for (let pause = pauseMs; !(await isSo()); pause = Math.min(pause * 1.3, longestPauseMs)) {
    if (performance.now() - begun > patienceMs)
      throw new Error(`This was waited for, and never came: ${typeof what === 'string' ? what : what()}.`)
    await delay(pause)
  }
}

/** Does what a patient client does: as long as the connection breaks, or the container is busy, it asks again. */
export async function persistently<T>(what: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now()
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isPassing(error)) throw error
      if (performance.now() - begun > patienceMs)
        throw new Error(`${what} was not answered for ${patienceMs / 1000} s.`, { cause: error })
      await delay(pauseMs)
    }
  }
}

/** Also inside of an error that explains it. */
const isPassing = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false
  const { code } = error as NodeJS.ErrnoException
  return /^(ECONN|EPIPE|ERR_STREAM_PREMATURE_CLOSE|busy$)/.test(String(code)) || isPassing(error.cause)
}
