import { availableParallelism } from 'node:os'
import { createExecutableAdapter } from '../adapters/executable/executable-adapter.ts'
import { LauncherClient } from '../adapters/run-as/launcher-client.ts'
import { RunAsAdapter } from '../adapters/run-as/run-as-adapter.ts'
import { InstalledApplications } from '../application/installed-applications.ts'
import { AuditLog } from '../authz/audit-log.ts'
import { openLog } from '../core/log.ts'
import { openTrustStore } from '../gsi/trust-store.ts'
import { AttemptDesk } from '../keeper/attempt-desk.ts'
import { Keeper } from '../keeper/keeper.ts'
import { becomeKeeper } from '../keeper/lease.ts'
import { ProgramProxies } from '../keeper/program-proxies.ts'
import { ProgramVersions } from '../keeper/program-version.ts'
import { databaseFile, Store } from '../store/store.ts'
import { auditTerms } from './audit-terms.ts'
import { AuditTrail } from './audit-trail.ts'
import { readConfiguration } from './configuration.ts'
import { sendHint } from './hint.ts'
import { HostCredential } from './host-credential.ts'
import { openCredentials } from './open-credentials.ts'
import { auditPosition, bundlesDirectory, launcherSocket } from './places.ts'
import { siteEnvironment } from './program-environment.ts'
import { limitsOf } from './site-limits.ts'

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
  const store = stack.use(new Store(databaseFile(configuration.data), sendHint))
  if (!(await becomeKeeper(store.writer, log, stop.signal))) return
  const environment = siteEnvironment(configuration.run.environment)
  const applications = new InstalledApplications(store.applications, bundlesDirectory(configuration.data))
  const launcher =
    configuration.run.accounts === undefined
      ? undefined
      : stack.use(new LauncherClient(launcherSocket(configuration.data), log))
  const local = createExecutableAdapter()
  const adapter = launcher === undefined ? local : new RunAsAdapter(launcher, local)
  const site = { environment, limits: limitsOf(configuration) }
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
    perOwner: configuration.quota.running,
  }
  const keeper = stack.use(
    new Keeper(store, desk, terms, adapter, proxies, credentials.keep, configuration.instances, log),
  )
  const audit = stack.use(new AuditLog(auditTerms(configuration), log))
  stack.use(new AuditTrail(audit, store.events, store.instances, auditPosition(configuration.data), log))
  process.on('message', message => {
    if (message === 'hint') keeper.hint()
  })
  await keeper.start()
  process.send?.('ready')
  await stopped
}
