import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accountWords, launcherWords } from '../adapters/run-as/account-words.ts'
import type { Log } from '../core/log.ts'
import type { SystemAccount } from '../core/system-account.ts'
import { systemPath } from './root-checks.ts'

/** The words with which the parts of a container are started. */
export interface RootPrograms {
  readonly launcher: readonly string[]
  readonly container: readonly string[]
}

/** Set for the container that root started, to the id of root's process: it has somebody to start programs as other accounts. */
export const startedByRoot = 'GRIDWRAP_STARTED_BY_ROOT'

const restartPauseMs = 200
const internalError = 70

/**
 * The only process of root. It starts two others as the container's own account, and does nothing else: the launcher,
 * which has the few capabilities that it needs to run programs as other accounts, and the container, which has none.
 * When it dies, both end; programs go on.
 */
export class RootProcess implements AsyncDisposable {
  readonly #service: SystemAccount
  readonly #programs: RootPrograms
  readonly #log: Log
  #launcher: ChildProcess | undefined
  #container: ChildProcess | undefined
  #stopping = false

  constructor(service: SystemAccount, programs: RootPrograms, log: Log) {
    this.#service = service
    this.#programs = programs
    this.#log = log
  }

  /** Resolves with the container's exit code, when it has one. */
  async run(): Promise<number> {
    const launcher = this.#startLauncher()
    const first = await Promise.race([once(launcher, 'message'), once(launcher, 'exit')])
    if (first[0] !== 'ready') return internalError
    const container = this.#start(accountWords(this.#service), this.#programs.container)
    this.#container = container
    const [code] = (await once(container, 'exit')) as [number | null]
    return code ?? internalError
  }

  /** Asks the container to end; the launcher ends after it. */
  stop(): void {
    this.#stopping = true
    this.#container?.kill('SIGTERM')
    if (this.#container === undefined) this.#launcher?.disconnect()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true
    const launcher = this.#launcher
    if (launcher === undefined || launcher.exitCode !== null || launcher.signalCode !== null) return
    const gone = once(launcher, 'exit')
    if (launcher.connected) launcher.disconnect()
    await gone
  }

  #startLauncher(): ChildProcess {
    // Code that the container's account can write must not run with more than its rights.
    const launcher = this.#start(launcherWords(this.#service), this.#programs.launcher, {
      NODE_DISABLE_COMPILE_CACHE: '1',
    })
    this.#launcher = launcher
    launcher.once('exit', (code, signal) => {
      // Before the container stands, it is for `run` to say that it cannot.
      if (this.#stopping || this.#container === undefined) return
      this.#log.error({ code, signal }, 'the launcher of programs died; it is started again')
      setTimeout(() => {
        if (!this.#stopping) this.#startLauncher()
      }, restartPauseMs)
    })
    return launcher
  }

  #start(
    [setpriv = '', ...words]: readonly string[],
    program: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ): ChildProcess {
    const { name, home } = this.#service
    return spawn(setpriv, [...words, ...program], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: {
        ...process.env,
        PATH: systemPath,
        HOME: home,
        USER: name,
        LOGNAME: name,
        [startedByRoot]: String(process.pid),
        ...more,
      },
    })
  }
}
