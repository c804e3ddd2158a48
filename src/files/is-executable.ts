import { accessSync, constants } from 'node:fs'

/** Whether there is something at a path that we may execute. */
export const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
