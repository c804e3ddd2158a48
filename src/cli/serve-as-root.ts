import { accountProblems } from '../container/account-problems.ts'
import type { Configuration } from '../container/configuration.ts'
import { checkForRoot, prepareFolders } from '../container/root-checks.ts'
import { RootProcess } from '../container/root-process.ts'
import { serviceAccount } from '../container/service-account.ts'
import { openLog } from '../core/log.ts'
import { shareControlGroup } from './share-control-group.ts'
import { say } from './terminal.ts'

/** Runs a container whose programs run as accounts of their owners: the part of it that root has to do. */
export async function serveAsRoot(configuration: Configuration, words: readonly string[]): Promise<void> {
  const program = process.argv[1] ?? ''
  const service = await serviceAccount(configuration)
  await checkForRoot(configuration, service, program)
  await prepareFolders(configuration, service)
  await shareControlGroup(configuration, service)
  const log = openLog('root')
  for (const problem of await accountProblems(configuration, service, log, { gridmaps: false })) say(`Note: ${problem}`)
  const gridwrap = [...process.execArgv, program]
  await using root = new RootProcess(
    service,
    {
      // The container is of the same account, and could have it open a debugger, with which all is possible.
      launcher: [process.execPath, '--disable-sigusr1', ...gridwrap, 'part', 'launcher', configuration.file],
      container: [process.execPath, ...gridwrap, ...words],
    },
    log,
  )
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => root.stop())
  process.exitCode = await root.run()
}
