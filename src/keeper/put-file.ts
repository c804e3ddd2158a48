import { constants } from 'node:fs'
import { copyFile, writeFile } from 'node:fs/promises'
import type { FileSource } from '../application/model.ts'

/** Puts the bytes of an input where they belong. */
export async function putFile(path: string, source: FileSource): Promise<void> {
  switch (source.kind) {
    case 'text':
      return writeFile(path, source.text)
    case 'bytes':
      return writeFile(path, source.bytes)
    case 'spooled':
      return copyFile(source.path, path, constants.COPYFILE_FICLONE)
    case 'upload':
    case 'url':
      throw new Error('An upload that never came reached the launch.')
  }
}
