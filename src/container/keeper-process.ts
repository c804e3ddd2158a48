import { availableParallelism } from 'node:os'
import { createExecutableAdapter } from '../adapters/executable/executable-adapter.ts'
import { LauncherClient } from '../adapters/run-as/launcher-client.ts'
import { RunAsAdapter } from '../adapters/run-as/run-as-adapter.ts'
import { InstalledApplications } from '../application/installed-applications.ts'
import { AuditLog } from '../authz/audit-log.ts'
import { openLog } from '../core/log.ts'
import type { Notifier } from '../events/notifier.ts'
import { openTrustStore } from '../gsi/trust-store.ts'
import { AgentProcess } from '../keeper/agent-process.ts'
import { AttemptDesk } from '../keeper/attempt-desk.ts'
import { CheckpointMaker } from '../keeper/checkpoint-maker.ts'
import { Keeper } from '../keeper/keeper.ts'
import { becomeKeeper } from '../keeper/lease.ts'
import { ProgramProxies } from '../keeper/program-proxies.ts'
import { ProgramVersions } from '../keeper/program-version.ts'
import { Stager, type StagingAgent } from '../keeper/stager.ts'
import { databaseFile, Store } from '../store/store.ts'
import { auditTerms } from './audit-terms.ts'
import { AuditTrail } from './audit-trail.ts'
import { readConfiguration } from './configuration.ts'
import { controlGroupOf } from './control-group.ts'
import { sendHint } from './hint.ts'
import { HostCredential } from './host-credential.ts'
import { openCredentials } from './open-credentials.ts'
import { type CourierAgent, openNotifier } from './open-notifier.ts'
import { auditPosition, bundlesDirectory, launcherSocket } from './places.ts'
import { siteEnvironment } from './program-environment.ts'
import { quotaOf } from './site-limits.ts'
import { siteTerms } from './site-terms.ts'

const againMs = 60_000

/** The keeper of this host, until the supervisor goes away or says stop. */
export async function runKeeper(configurationFile: string): Promise<void> {
  const configuration = readConfiguration(configurationFile)
  const log = openLog('keeper')
  const stop = new AbortController()
  // From the start: a signal may come before there is anything to wait in.
  const stopped = new Promise<void>(resolve => stop.signal.addEventListener('abort', () => resolve(), { once: true }))
  await using stack = new AsyncDisposableStack()
  // The supervisor is gone: nobody would start another keeper for these front ends, so this one ends too; programs go on.
  process.once('disconnect', () => process.exit(0))
  process.once('SIGTERM', () => stop.abort(new Error('The container is stopping.')))
  process.on('SIGINT', () => undefined)
  let notifier: Notifier | undefined
  const committed = (): void => {
    sendHint()
    notifier?.hint()
  }
  const store = stack.use(new Store(databaseFile(configuration.data), committed))
  if (!(await becomeKeeper(store.writer, log, stop.signal))) return
  const environment = siteEnvironment(configuration.run.environment)
  const applications = new InstalledApplications(store.applications, bundlesDirectory(configuration.data))
  const launcher =
    configuration.run.accounts === undefined
      ? undefined
      : stack.use(new LauncherClient(launcherSocket(configuration.data), log))
  const local = createExecutableAdapter({ controlGroup: await controlGroupOf(configuration.run.cgroup) })
  const adapter = launcher === undefined ? local : new RunAsAdapter(launcher, local)
  const site = siteTerms(configuration, environment)
  const deskTerms = { instancesRoot: configuration.instances, site, graceMs: configuration.run.grace * 1000 }
  const host = stack.use(new HostCredential(configuration['host-credential'], log))
  const trust = openTrustStore(configuration.trust.certificates, { log })
  const credentials = openCredentials(configuration, store.credentials, () => host.current, trust, log)
  const proxies = new ProgramProxies(
    credentials.supply,
    async (file, account) => {
      await launcher?.ask({ verb: 'giveFile', file, account })
    },
    log,
  )
  const desk = new AttemptDesk(store, applications, new ProgramVersions(environment), adapter, proxies, deskTerms, log)
  const terms = {
    atOnce: configuration.run['at-once'] ?? Math.max(2, availableParallelism()),
    sessionsAtOnce: configuration.run['sessions-at-once'],
    perOwner: configuration.quota.running,
  }
  const [file = '', part = ''] = process.argv.slice(1)
  const agentProgram = (role: string, purpose: string) => ({
    file,
    arguments: [part, role, configurationFile],
    purpose,
  })
  // Each name of a sink that nobody answers for keeps a thread waiting.
  const courierProgram = {
    ...agentProgram('courier', 'brings notifications'),
    environment: { UV_THREADPOOL_SIZE: '64' },
  }
  const agent: StagingAgent = new AgentProcess(agentProgram('staging', 'moves files'), log)
  const stagerTerms = {
    instancesRoot: configuration.instances,
    atOnce: configuration.staging['at-once'],
    quota: quotaOf(configuration),
  }
  const stager = new Stager(store, agent, credentials.supply, stagerTerms, log)
  const checkpoints = new CheckpointMaker(store, applications, desk, adapter, log)
  const { instances } = configuration
  const keeper = stack.use(
    new Keeper(store, desk, terms, adapter, proxies, credentials.keep, stager, checkpoints, instances, log),
  )
  const audit = stack.use(new AuditLog(auditTerms(configuration), log))
  stack.use(new AuditTrail(audit, store.events, store.instances, auditPosition(configuration.data), log))
  process.on('message', message => {
    if (message !== 'hint') return
    keeper.hint()
    notifier?.hint()
  })
  await keeper.start()
  const courier: CourierAgent = stack.use(new AgentProcess(courierProgram, log))
  // Jobs are looked after, whether or not anybody can be told of them.
  const beginNotifying = async (): Promise<void> => {
    const opened = openNotifier(configuration, store, credentials.keep, host, courier, log)
    try {
      await opened.start()
      notifier = stack.use(opened)
    } catch (error) {
      await opened[Symbol.asyncDispose]()
      log.error({ err: error }, 'nobody is told of changes; it is tried again in a minute')
      setTimeout(() => void beginNotifying(), againMs).unref()
    }
  }
  await beginNotifying()
  process.send?.('ready')
  await stopped
}
