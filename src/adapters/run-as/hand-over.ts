import { existsSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, dirname, relative } from 'node:path'
import type { SystemAccount } from '../../core/system-account.ts'
import { at, openDirectory } from '../../files/directory-handle.ts'
import type { AttemptSpec } from '../adapter.ts'
import { withoutCapabilities } from './account-words.ts'
import { changeFile, changeOwner, type Owner } from './change-owner.ts'
import { runCommand } from './run-command.ts'

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
    // Without it, it is for the wrapper to say so.
    if (!existsSync(work)) return
    const to = { uid: account.uid, gid: this.#ours.gid }
    // While all of it is ours: the account could stop a program of its own for as long as it likes.
    const group = `g:${this.#ours.gid}:rwX`
    const rights = `u::rwX,g::rwX,${group},m::rwX,o::---`
    const defaults = `d:u::rwx,d:g::rwx,d:${group},d:m::rwx,d:o::---`
    await runCommand([...withoutCapabilities, 'setfacl', '-R', '-P', '-m', `${rights},${defaults}`, '--', work])
    await using directory = await this.#walkTo(work)
    await changeOwner(directory, this.#ours.uid, to)
    await using streams = await this.#walkTo(control)
    for (const name of ['stdout', 'stderr', ...(stdin === undefined ? [] : [basename(stdin)])])
      await changeFile(at(streams, name), this.#ours.uid, to).catch(unlessGone)
  }

  /** Makes one file of the container's the account's alone: its proxy. */
  async giveFile(file: string, account: SystemAccount): Promise<void> {
    await using directory = await this.#walkTo(dirname(file))
    await changeFile(at(directory, basename(file)), this.#ours.uid, account)
  }

  /**
   * Makes what an attempt's account has in its directories the container's again, and nobody else's: access lists go,
   * whoever they let in. May be called again.
   */
  async takeBack(spec: AttemptSpec, account: Owner): Promise<void> {
    for (const path of [spec.workDirectory, spec.controlDirectory]) {
      try {
        await using directory = await this.#walkTo(path)
        await changeOwner(directory, account.uid, this.#ours, { strays: true })
        const words = ['setfacl', '-R', '-P', '-b', '-k', '--', '/proc/self/fd/3/.']
        // What was left to others it passes over, does the rest, and complains.
        await runCommand([...withoutCapabilities, ...words], directory.fd).catch(() => undefined)
      } catch (error) {
        unlessGone(error as NodeJS.ErrnoException)
      }
    }
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
