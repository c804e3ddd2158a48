import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, copyFile, link, mkdir, readdir, rename, stat, unlink, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '../../core/ids.ts'

/**
 * Inputs that were fetched before, by what is in them and where they came from: who names a file that is here already,
 * and may read it where it lies, need not wait for its bytes (the job of the GASS cache). A server is believed about its
 * own files only: it could tell the checksum of somebody else's. Bounded; what was used longest ago goes first.
 */
export class InputCache {
  readonly #folder: string
  readonly #mostBytes: number
  #tidying: Promise<void> = Promise.resolve()

  constructor(folder: string, mostBytes: number) {
    this.#folder = folder
    this.#mostBytes = mostBytes
  }

  /** Whether there is any file of this size: only then is it worth to ask its server for a checksum. */
  async mayHave(size: number): Promise<boolean> {
    return (await this.#names()).some(name => name.startsWith(`${size}-`))
  }

  /** Puts a file with these bytes at a path, when there is one here that came from this server. */
  async give(server: string, size: number, sha256: string, path: string): Promise<boolean> {
    const kept = join(this.#folder, nameOf(server, size, sha256))
    try {
      await linkOrCopy(kept, path)
      const now = new Date()
      await utimes(kept, now, now)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    }
  }

  /** Keeps a file, which nobody writes any more. What cannot be kept is not: it is only a cache. */
  async keep(server: string, path: string, size: number, sha256: string): Promise<void> {
    if (size > this.#mostBytes / 2) return
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 })
      const unfinished = join(this.#folder, `.${newId()}`)
      await linkOrCopy(path, unfinished)
      await chmod(unfinished, 0o440)
      await rename(unfinished, join(this.#folder, nameOf(server, size, sha256)))
      this.#tidying = this.#tidying.then(() => this.#tidy())
      await this.#tidying
    } catch {
      // The next one is fetched again.
    }
  }

  async #tidy(): Promise<void> {
    const names = await this.#names()
    const files = await Promise.all(
      names.map(async name => {
        const path = join(this.#folder, name)
        const found = await stat(path).catch(() => undefined)
        return found === undefined ? [] : [{ path, size: found.size, used: found.mtimeMs }]
      }),
    )
    const oldestFirst = files.flat().sort((a, b) => a.used - b.used)
    let total = oldestFirst.reduce((sum, { size }) => sum + size, 0)
    for (const { path, size } of oldestFirst) {
      if (total <= this.#mostBytes) return
      await unlink(path).catch(() => undefined)
      total -= size
    }
  }

  async #names(): Promise<string[]> {
    return readdir(this.#folder).catch(() => [])
  }
}

const nameOf = (server: string, size: number, sha256: string): string =>
  `${size}-${sha256}-${createHash('sha256').update(server).digest('hex').slice(0, 32)}`

/** The same bytes under another name: another name for them where that can be, else a copy, which has it when it is whole. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (!/^(?:EXDEV|EPERM|EMLINK|EOPNOTSUPP)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error
    const unfinished = `${to}.${newId()}~`
    try {
      await copyFile(from, unfinished, constants.COPYFILE_FICLONE)
      await rename(unfinished, to)
    } catch (failure) {
      await unlink(unfinished).catch(() => undefined)
      throw failure
    }
  }
}
