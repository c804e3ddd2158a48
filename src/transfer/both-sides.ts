import { ConnectionBroken } from '../gridftp/data/connection-broken.ts'
import type { Relay } from './relay.ts'

/** Waits for both sides of a relay; when one fails the other is told, and the first error is thrown. */
export async function bothSides(pipe: Relay, reading: Promise<void>, writing: Promise<void>): Promise<void> {
  let first: { readonly error: unknown } | undefined
  const failed = (error: unknown): void => {
    first ??= { error }
    pipe.fail(error instanceof Error ? error : new Error(String(error)))
  }
  // Whoever takes is done when all was taken; a server that says so before has not looked.
  const taken = writing.then(() => {
    if (!pipe.isDrained) throw new ConnectionBroken('The destination was content before all of it had been sent.')
  })
  await Promise.all([reading.then(() => pipe.end(), failed), taken.catch(failed)])
  if (first !== undefined) throw first.error
}
