import { GridwrapError } from '../core/errors.ts'
import { quotePath } from './path-names.ts'

/** What a failed system call on a caller's path means to that caller. Unexpected ones pass through and become `internal`. */
export function fileError(error: unknown, path: string): unknown {
  if (error instanceof GridwrapError || !(error instanceof Error) || !('code' in error)) return error
  const fault = (code: 'not-found' | 'denied' | 'busy', message: string): GridwrapError =>
    new GridwrapError(code, message, { cause: error })
  const quoted = quotePath(path)
  switch (error.code) {
    case 'ENOENT':
      return fault('not-found', `There is no file ${quoted}.`)
    case 'ENOTDIR':
      return fault(
        'not-found',
        `There is no file ${quoted}: a part of its path is not a directory (links are not followed).`,
      )
    case 'ELOOP':
      return fault('denied', `${quoted} is a symbolic link, and links are not followed.`)
    case 'EACCES':
    case 'EPERM':
      return fault('denied', `The container may not touch ${quoted}: its permissions do not allow it.`)
    case 'EEXIST':
      return fault('denied', `${quoted} exists already; remove it first, or choose another name.`)
    case 'EISDIR':
      return fault('denied', `${quoted} is a directory, not a file.`)
    case 'ENOTEMPTY':
      return fault('denied', `The directory ${quoted} is not empty.`)
    case 'ENXIO':
      return notRegular(path)
    case 'ENOSPC':
    case 'EDQUOT':
      return fault('busy', `There is no room on the disk for ${quoted}; try again later, or with less.`)
    default:
      return error
  }
}

export const notRegular = (path: string): GridwrapError =>
  new GridwrapError('denied', `${quotePath(path)} is not a regular file; only regular files are served.`)

/** Runs a piece of work on a caller's path, with its errors made into {@link fileError}s. */
export async function telling<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw fileError(error, path)
  }
}
