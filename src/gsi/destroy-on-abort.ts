import type { Socket } from 'node:net'

/** Ends a socket, with the signal's reason, when the signal is aborted. What it answers undoes that. */
export function destroyOnAbort(socket: Socket, signal: AbortSignal | undefined): () => void {
  const stop = (): void => {
    const reason: unknown = signal?.reason
    socket.destroy(reason instanceof Error ? reason : new Error(String(reason)))
  }
  if (signal?.aborted === true) stop()
  else signal?.addEventListener('abort', stop, { once: true })
  return () => signal?.removeEventListener('abort', stop)
}
