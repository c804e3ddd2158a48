import { GridwrapError } from './errors.ts'

/** For `catch`: what is not there is undefined, everything else an error still. */
export function unlessNotFound(error: unknown): undefined {
  if (error instanceof GridwrapError && error.code === 'not-found') return undefined
  throw error
}
