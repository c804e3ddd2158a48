import { GridwrapError } from '../core/errors.ts'

const reasons: Readonly<Record<string, readonly ['not-found' | 'denied' | 'busy', string]>> = {
  ENOENT: ['not-found', 'there is no such file or directory'],
  ENOTDIR: ['not-found', 'a part of the path is no directory'],
  EACCES: ['denied', 'permission denied'],
  EPERM: ['denied', 'not permitted'],
  EISDIR: ['denied', 'it is a directory'],
  ENOTEMPTY: ['denied', 'the directory is not empty'],
  EEXIST: ['denied', 'it exists already'],
  EROFS: ['denied', 'the file system is read-only'],
  ELOOP: ['denied', 'links lead in a circle'],
  ENAMETOOLONG: ['denied', 'the name is too long'],
  ENOSPC: ['busy', 'there is no room on the disk'],
  EDQUOT: ['busy', 'there is no room in the quota'],
}

/** Runs a piece of work on a local path; what the system says of it is told in words. */
export async function telling<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? '']
    if (reason === undefined) throw error
    throw new GridwrapError(reason[0], `${path}: ${reason[1]}.`, { cause: error })
  }
}
