import { constants } from 'node:fs'
import { chmod, copyFile, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { CheckpointSignal } from '../../application/checkpoint-signals.ts'
import { GridwrapError } from '../../core/errors.ts'
import { itself, openRegular } from '../../files/directory-handle.ts'
import type { AttemptSpec, AttemptStatus, RunAdapter } from '../adapter.ts'
import { streamFile } from '../executable/attempt-files.ts'
import type { LauncherClient } from './launcher-client.ts'

/**
 * Runs attempts as the accounts of their owners, by way of the launcher. What this process can do itself, it does: the
 * launcher makes no file. Attempts without an account are those of before there were any, and the local adapter's.
 */
export class RunAsAdapter implements RunAdapter {
  readonly name = 'run-as'
  readonly #launcher: LauncherClient
  readonly #local: RunAdapter

  constructor(launcher: LauncherClient, local: RunAdapter) {
    this.#launcher = launcher
    this.#local = local
  }

  async submit(spec: AttemptSpec): Promise<void> {
    if (spec.account === undefined) {
      throw new GridwrapError('denied', 'Programs run as accounts of their owners here, and this job has none.', {
        hint: 'It was made before that was so: make it anew.',
      })
    }
    const own = await withStdin(spec)
    await openTheWay(own)
    await this.#launcher.ask({ verb: 'submit', spec: withAccount(own, spec.account) })
  }

  claim(spec: AttemptSpec): Promise<boolean> {
    return this.#local.claim(spec)
  }

  async status(spec: AttemptSpec): Promise<AttemptStatus> {
    return spec.account === undefined
      ? this.#local.status(spec)
      : whole((await this.#launcher.ask({ verb: 'status', spec: withAccount(spec, spec.account) })) as AttemptStatus)
  }

  async cancel(spec: AttemptSpec, how: 'ask' | 'force'): Promise<void> {
    if (spec.account === undefined) return this.#local.cancel(spec, how)
    await this.#launcher.ask({ verb: 'cancel', how, spec: withAccount(spec, spec.account) })
  }

  async signal(spec: AttemptSpec, name: CheckpointSignal): Promise<void> {
    if (spec.account === undefined) return this.#local.signal?.(spec, name)
    await this.#launcher.ask({ verb: 'signal', signal: name, spec: withAccount(spec, spec.account) })
  }

  async suspend(spec: AttemptSpec): Promise<void> {
    if (spec.account === undefined) return this.#local.suspend?.(spec)
    await this.#launcher.ask({ verb: 'suspend', spec: withAccount(spec, spec.account) })
  }

  async resume(spec: AttemptSpec): Promise<void> {
    if (spec.account === undefined) return this.#local.resume?.(spec)
    await this.#launcher.ask({ verb: 'resume', spec: withAccount(spec, spec.account) })
  }

  async sweep(spec: AttemptSpec): Promise<number> {
    return spec.account === undefined
      ? this.#local.sweep(spec)
      : ((await this.#launcher.ask({ verb: 'sweep', spec: withAccount(spec, spec.account) })) as number)
  }

  async reclaim(spec: AttemptSpec): Promise<void> {
    if (spec.account !== undefined) await this.#launcher.ask({ verb: 'reclaim', spec: withAccount(spec, spec.account) })
  }

  async watchEnd(spec: AttemptSpec, signal?: AbortSignal): Promise<void> {
    if (spec.account === undefined) return this.#local.watchEnd(spec, signal)
    await this.#launcher.ask({ verb: 'watchEnd', spec: withAccount(spec, spec.account) }, signal)
  }
}

/** JSON has no undefined. */
function whole(status: AttemptStatus): AttemptStatus {
  if (status.state === 'ended') return { ...status, started: status.started }
  return status.state === 'active' ? { ...status, usage: status.usage } : status
}

const withAccount = (spec: AttemptSpec, account: string): AttemptSpec & { account: string; argv: string[] } => ({
  ...spec,
  argv: [...spec.argv],
  // Of use for a launch only, which has it where it is safe.
  stdin: spec.stdin !== undefined && dirname(spec.stdin) === spec.controlDirectory ? spec.stdin : undefined,
  account,
})

/** With the standard input where the account has no say: what lies in its directory it could change for a link meanwhile. */
async function withStdin(spec: AttemptSpec): Promise<AttemptSpec> {
  const { stdin, controlDirectory } = spec
  if (stdin === undefined || dirname(stdin) === controlDirectory) return spec
  const copy = join(controlDirectory, 'stdin')
  // The account may have had the directory before: what is a link there by now leads nowhere.
  const opened = await openRegular(stdin).catch(unlessGone)
  if (opened === undefined) return { ...spec, stdin: undefined }
  await using source = opened.handle
  await copyFile(itself(source), copy, constants.COPYFILE_FICLONE)
  return { ...spec, stdin: copy }
}

/**
 * Lets the account through to its working directory and its proxy, and nowhere look about; makes the files of the streams,
 * so that there is something to give. The program's files and the container's part there: the container is its group.
 */
async function openTheWay({ workDirectory, controlDirectory, stdin }: AttemptSpec): Promise<void> {
  const instance = dirname(workDirectory)
  for (const path of [dirname(instance), instance, dirname(controlDirectory), controlDirectory])
    await chmod(path, 0o711)
  // setgid: what is made in it is of our group. Without it, it is for the wrapper to say so.
  await chmod(workDirectory, 0o2770).catch(unlessGone)
  for (const stream of ['stdout', 'stderr'] as const) {
    await using file = await open(streamFile(controlDirectory, stream), 'a', 0o660)
    await file.chmod(0o660)
  }
  if (stdin !== undefined) await chmod(stdin, 0o640).catch(unlessGone)
}

const unlessGone = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT') throw error
  return undefined
}
