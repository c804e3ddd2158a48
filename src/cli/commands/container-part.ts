import type { Command } from 'commander'
import { reportError } from '../terminal.ts'

/** How `serve` starts the other processes of a container: not for people, so not in the help. */
export function addContainerPart(program: Command): void {
  program
    .command('part <role> <configuration>', { hidden: true })
    .action(async (role: string, configuration: string) => {
      // Loaded here because it is the whole server, and the list of commands needs none of it.
      let code = 0
      try {
        if (role === 'keeper') await (await import('../../container/keeper-process.ts')).runKeeper(configuration)
        else if (role === 'staging')
          await (await import('../../container/staging-process.ts')).runStaging(configuration)
        else if (role === 'courier')
          await (await import('../../container/courier-process.ts')).runCourier(configuration)
        else if (role === 'launcher')
          await (await import('../../container/launcher-process.ts')).runLauncher(configuration)
        else await (await import('../../container/front-end-process.ts')).runFrontEnd(configuration)
      } catch (error) {
        code = reportError(error)
      }
      // Everything is closed; what is left is the channel to the supervisor, which would keep this process.
      process.exit(code)
    })
}
