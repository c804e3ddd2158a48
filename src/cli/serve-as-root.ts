import type { Configuration } from '../container/configuration.ts'
import { checkForRoot } from '../container/root-checks.ts'
import { RootProcess } from '../container/root-process.ts'
import { serviceAccount } from '../container/service-account.ts'
import { openLog } from '../core/log.ts'

/** Runs a container whose programs run as accounts of their owners: the part of it that root has to do. */
export async function serveAsRoot(configuration: Configuration, words: readonly string[]): Promise<void> {
  const program = process.argv[1] ?? ''
  const service = await serviceAccount(configuration)
  await checkForRoot(configuration, service, program)
  const gridwrap = [process.execPath, ...process.execArgv, program]
  await using root = new RootProcess(
    service,
    { launcher: [...gridwrap, 'part', 'launcher', configuration.file], container: [...gridwrap, ...words] },
    openLog('root'),
  )
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => root.stop())
  process.exitCode = await root.run()
}
