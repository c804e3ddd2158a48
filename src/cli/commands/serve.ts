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
    .addHelpText('after', '\nExample:\n  gridwrap init site && gridwrap serve --config site/gridwrap.yaml')
    .action(async (options: ServeOptions) => {
      // Loaded here because the list of commands, which has this one too, needs none of it.
      const { serveContainer } = await import('../serve-container.ts')
      await serveContainer(options)
    })
}
