/** Resolves after so many milliseconds, or rejects with the signal's reason when it is aborted first. */
export const delay = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(asError(signal.reason))
    const stop = (): void => {
      clearTimeout(timer)
      reject(asError(signal?.reason))
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)))
