import { existsSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, dirname, relative } from 'node:path'
import type { SystemAccount } from '../../core/system-account.ts'
import { at, openDirectory } from '../../files/directory-handle.ts'
import type { AttemptSpec } from '../adapter.ts'
import { accountWords } from './account-words.ts'
import { runCommand } from './run-command.ts'

/** Whose files change hands: those of nobody else are left alone, whatever was linked to from where. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** Gives the files of attempts from the container to accounts and back, in the folder of the instances and nowhere else. */
export class HandOver {
  readonly #root: string
  readonly #ours: Owner

  constructor(instancesRoot: string, ours: Owner) {
    this.#root = instancesRoot
    this.#ours = ours
  }

  /**
   * Makes an attempt's working directory, and its streams, the account's. The group stays the container's, with a default
   * ACL, so that front ends read what the program writes, whatever its umask is (acl(5)). May be called again.
   */
  async give(spec: AttemptSpec, account: SystemAccount): Promise<void> {
    const { workDirectory: work, controlDirectory: control, stdin } = spec
    const to = { uid: account.uid, gid: this.#ours.gid }
    // Without it, it is for the wrapper to say so.
    if (!existsSync(work)) return
    await this.#chown(this.#ours, to, work, ['.'])
    const streams = [
      'stdout',
      'stderr',
      ...(stdin !== undefined && dirname(stdin) === control ? [basename(stdin)] : []),
    ]
    await this.#chown(this.#ours, to, control, streams)
    // By the account itself, which owns these files by now and no others that a link could lead to.
    const group = `g:${this.#ours.gid}:rwX`
    const rights = `u::rwX,g::rwX,${group},m::rwX,o::---`
    const defaults = `d:u::rwx,d:g::rwx,d:${group},d:m::rwx,d:o::---`
    await runCommand([...accountWords(account), 'setfacl', '-R', '-P', '-m', `${rights},${defaults}`, '--', work])
  }

  /** Makes one file of the container's the account's alone: its proxy. */
  giveFile(file: string, account: SystemAccount): Promise<void> {
    return this.#chown(this.#ours, account, dirname(file), [basename(file)])
  }

  /** Makes what an attempt's account has in its directories the container's again. May be called again. */
  async takeBack(spec: AttemptSpec, account: SystemAccount): Promise<void> {
    for (const directory of [spec.workDirectory, spec.controlDirectory])
      await this.#chown(account, this.#ours, directory, ['.']).catch(unlessGone)
  }

  /** Of chown(1) `-R` follows no link, `-h` changes the link and not what it points to, and `--from` looks before it acts. */
  async #chown(from: Owner, to: Owner, directory: string, names: readonly string[]): Promise<void> {
    await using handle = await this.#walkTo(directory)
    const paths = names.map(name => `/proc/self/fd/3/${name}`)
    const words = ['chown', '-R', '-P', '-h', `--from=${from.uid}`, `${to.uid}:${to.gid}`, '--', ...paths]
    await runCommand(words, handle.fd)
  }

  /** Opens a directory step by step, so that no link on the way there leads out of the instances. */
  async #walkTo(directory: string): Promise<FileHandle> {
    let here = await open(this.#root, 'r')
    for (const name of relative(this.#root, directory).split('/')) {
      await using before = here
      here = await openDirectory(at(before, name))
    }
    return here
  }
}

const unlessGone = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOENT') throw error
}
