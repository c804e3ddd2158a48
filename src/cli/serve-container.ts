import { type Stats, unwatchFile, watchFile } from 'node:fs'
import { resolve } from 'node:path'
import { type Configuration, ConfigurationError, readConfiguration } from '../container/configuration.ts'
import { misspeltNames } from '../container/misspelt-names.ts'
import { warnOfRisks } from '../container/risks.ts'
import { startedByRoot } from '../container/root-process.ts'
import { Supervisor } from '../container/supervisor.ts'
import { type Log, openLog } from '../core/log.ts'
import { registerConfigured, withStore } from './register-descriptions.ts'
import { shareControlGroup } from './share-control-group.ts'
import { print, reportError, say } from './terminal.ts'

export interface ServeOptions {
  readonly config: string
  readonly workers?: number
  readonly json?: boolean
}

/** Runs a container until SIGTERM or Ctrl-C, and says when it is ready. */
export async function serveContainer(options: ServeOptions): Promise<void> {
  const read = readConfiguration(options.config)
  const configuration = options.workers === undefined ? read : { ...read, workers: options.workers }
  if (configuration.run.accounts !== undefined && process.env[startedByRoot] === undefined) {
    demandRoot()
    const { serveAsRoot } = await import('./serve-as-root.ts')
    await serveAsRoot(configuration, serveWords(options))
    return
  }
  const log = openLog('supervisor')
  warnOfRisks(configuration, say)
  if (process.env[startedByRoot] === undefined) await shareControlGroup(configuration)
  await using supervisor = new Supervisor(
    configuration,
    { file: process.argv[1] ?? '', arguments: role => ['part', role, configuration.file] },
    log,
  )
  const stopped = Promise.withResolvers<void>()
  process.once('SIGTERM', () => stopped.resolve())
  process.once('SIGINT', () => stopped.resolve())
  // Root's process is gone: nobody could start programs for this container any more.
  process.once('disconnect', () => stopped.resolve())
  process.channel?.unref()
  const starting = supervisor.start()
  const first = await Promise.race([starting, stopped.promise])
  if (first !== undefined) {
    // Refused descriptions are told, and hurt no other service.
    for (const error of (await registerConfigured(configuration)).refused) reportError(error)
    for (const note of await misspeltScopes(configuration)) say(`Note: ${note}`)
    using _watch = tellOfChanges(configuration.file, log)
    const https = `https://${configuration.authority.replace(/:0$/, `:${first.port}`)}/`
    // The one to be signalled.
    const pid = Number(process.env[startedByRoot] ?? process.pid)
    const gridftp =
      first.gridftp === undefined
        ? undefined
        : `gsiftp://${configuration.authority.replace(/:\d+$/, '')}:${first.gridftp}/`
    if (options.json === true) print(JSON.stringify({ ready: true, https, port: first.port, gridftp, pid }))
    else {
      print(`gridwrap is ready: ${https} (process ${pid}; Ctrl-C stops it)`)
      if (gridftp !== undefined) print(`Files by GridFTP: ${gridftp}`)
    }
    await stopped.promise
    if (options.json !== true) say('Stopping: calls under way are let end, programs go on.')
  }
}

/** Services that `authorize` names and nobody offers. Rules are looked at by `serve --check` and `authz explain`, which may take their time. */
async function misspeltScopes(configuration: Configuration): Promise<readonly string[]> {
  const services = configuration.authorize.flatMap(entry =>
    typeof entry === 'object' && 'services' in entry ? (entry.services ?? []) : [],
  )
  if (services.length === 0) return []
  const offered = await withStore(configuration, async store => store.applications.services())
  return misspeltNames(
    { services, inputs: [] },
    offered.map(({ name }) => ({ name, inputs: [] })),
  )
}

const lookEveryMs = 5000

/** The configuration is read once; whoever changes it is told so. */
function tellOfChanges(file: string, log: Log): Disposable {
  const told = (now: Stats, before: Stats): void => {
    if (now.mtimeMs !== before.mtimeMs) log.warn({ file }, 'the configuration was changed: restart to use it')
  }
  watchFile(file, { interval: lookEveryMs, persistent: false }, told)
  return { [Symbol.dispose]: () => unwatchFile(file, told) }
}

function demandRoot(): void {
  if (process.getuid?.() === 0) return
  throw new ConfigurationError(
    'run: accounts: programs can only run as accounts of their owners when root starts "gridwrap serve". Only one small process stays root; the container itself runs as "run: service-account". Start it as root, or take "accounts" out.',
  )
}

const serveWords = ({ config, workers, json }: ServeOptions): readonly string[] => [
  'serve',
  '--config',
  resolve(config),
  ...(workers === undefined ? [] : ['--workers', String(workers)]),
  ...(json === true ? ['--json'] : []),
]
