import { AttemptLauncher } from '../adapters/run-as/attempt-launcher.ts'
import { LauncherServer } from '../adapters/run-as/launcher-server.ts'
import { ProgramAccounts } from '../adapters/run-as/program-accounts.ts'
import { AccountMap } from '../authz/account-map.ts'
import { openLog } from '../core/log.ts'
import { readConfiguration } from './configuration.ts'
import { controlGroupOf } from './control-group.ts'
import { launcherSocket } from './places.ts'
import { serviceAccount } from './service-account.ts'

/**
 * The process that starts programs as other accounts, until the one that root started goes away. It parses the
 * configuration, the site's account maps, and what the keeper asks for; nothing that comes over the network.
 */
export async function runLauncher(configurationFile: string): Promise<void> {
  const configuration = readConfiguration(configurationFile)
  const { run, data, instances } = configuration
  const log = openLog('launcher')
  const ended = new Promise<void>(resolve => process.once('disconnect', resolve))
  // Of a whole group of processes, as Ctrl-C sends them: the container ends first, and asks for its programs until then.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
  process.umask(0o077)
  const service = await serviceAccount(configuration)
  const map = new AccountMap(run.accounts ?? [], log)
  const accounts = new ProgramAccounts({ service, leastUid: run['least-uid'], has: name => map.has(name) })
  const launcher = new AttemptLauncher(accounts, service, instances, await controlGroupOf(run.cgroup))
  await using _server = await LauncherServer.listen(launcherSocket(data), launcher, instances, log)
  process.send?.('ready')
  await ended
}
