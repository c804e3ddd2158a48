import { open, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FileValue, Value, Values } from '../application/model.ts'
import { type Placement, storeValues, uploadName } from '../application/stored-values.ts'
import { syncDirectory } from '../files/sync-directory.ts'
import { writeDurably } from '../files/write-durably.ts'

/** A file that is still to come, by the name under which it is PUT. */
interface Upload {
  readonly name: string
  readonly input: string
  readonly position: number
  /** Where it is fetched from; undefined: its owner PUTs it. */
  readonly url: string | undefined
}

/** Inputs as the store keeps them, the files that are still to come, and the bytes of those that are there. */
export interface LaidOut {
  readonly inputs: string
  readonly uploads: readonly Upload[]
  readonly spooled: readonly string[]
  readonly size: number
}

/**
 * Puts every file that came with a call into the spool of its instance, and returns when they are on disk. `spoolName`
 * makes the name there of the file with this upload name.
 */
export async function layOutFiles(
  values: Values,
  spool: string,
  spoolName: (upload: string) => string = name => name,
): Promise<LaidOut> {
  const placements = new Map<string, Placement>()
  const uploads: Upload[] = []
  const spooled: string[] = []
  let size = 0
  for (const [input, value] of Object.entries(values)) {
    const list = Array.isArray(value)
    for (const [index, one] of (list ? (value as readonly Value[]) : [value as Value]).entries()) {
      if (typeof one !== 'object') continue
      const upload = uploadName(input, index, list)
      const name = spoolName(upload)
      const written = await place(one, join(spool, name))
      placements.set(`${input} ${index}`, written === undefined ? { upload } : { spool: name, size: written })
      if (written === undefined)
        uploads.push({ name: upload, input, position: index, url: one.file.kind === 'url' ? one.file.url : undefined })
      else spooled.push(name)
      size += written ?? 0
    }
  }
  if (spooled.length > 0) await syncNames(spool)
  const inputs = storeValues(values, (input, index) => placements.get(`${input} ${index}`) ?? { upload: input })
  return { inputs, uploads, spooled, size }
}

/** Bytes written; undefined for a file that is still to come. */
async function place({ file }: FileValue, path: string): Promise<number | undefined> {
  switch (file.kind) {
    case 'text': {
      const bytes = Buffer.from(file.text, 'utf8')
      await writeDurably(path, bytes)
      return bytes.length
    }
    case 'bytes':
      await writeDurably(path, file.bytes)
      return file.bytes.length
    case 'spooled': {
      await using received = await open(file.path, 'r')
      await received.datasync()
      await rename(file.path, path)
      return file.size
    }
    case 'upload':
    case 'url':
      return undefined
  }
}

/** The spool, the instance's directory that it lies in, and the shelf of that: each may be new. */
async function syncNames(spool: string): Promise<void> {
  for (const directory of [spool, dirname(spool), dirname(dirname(spool))]) await syncDirectory(directory)
}
