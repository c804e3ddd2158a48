import type { Command } from 'commander'
import { wholeNumber } from '../option-values.ts'
import type { ServeOptions } from '../serve-container.ts'

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('run a container until SIGTERM or Ctrl-C, which let calls under way end; programs that run go on')
    .option('-c, --config <file>', 'the configuration', process.env['GRIDWRAP_CONFIG'] ?? 'gridwrap.yaml')
    .option('-w, --workers <n>', 'front end processes', wholeNumber(1, 64))
    .option('--json', 'say when it is ready as one line of JSON')
    .option('--check', 'read all that it would read, say what is wrong, and start nothing')
    .addHelpText('after', '\nExample:\n  gridwrap init site && gridwrap serve --config site/gridwrap.yaml')
    .action(async (options: ServeOptions & { readonly check?: boolean }) => {
      // Loaded here because the list of commands, which has this one too, needs none of it.
      if (options.check === true) {
        const { checkSite } = await import('../check-site.ts')
        const { readConfiguration } = await import('../../container/configuration.ts')
        return checkSite(readConfiguration(options.config))
      }
      const { serveContainer } = await import('../serve-container.ts')
      await serveContainer(options)
    })
}
