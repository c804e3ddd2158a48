import type { Command } from 'commander'
import { wallClock } from '../../core/clock.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { GridwrapError } from '../../core/errors.ts'
import { print, reportError, say } from '../terminal.ts'

interface SiteOptions {
  readonly config: string
  readonly json?: boolean
}

const site = (command: Command): Command =>
  command
    .option(
      '-c, --config <file>',
      'the configuration of the container',
      process.env['GRIDWRAP_CONFIG'] ?? 'gridwrap.yaml',
    )
    .option('--json', 'answer in JSON')

/** Loaded when it is needed: a store and the reader of configurations are large, and help needs neither. */
async function open(file: string) {
  const { readConfiguration } = await import('../../container/configuration.ts')
  const { becomeServiceAccount } = await import('../../container/service-account.ts')
  const work = await import('../register-descriptions.ts')
  const configuration = readConfiguration(file)
  await becomeServiceAccount(configuration)
  return { configuration, ...work }
}

export function addRegistration(program: Command): void {
  site(program.command('register <path...>'))
    .description(
      'offer programs: folders with an application.yaml, folders of such folders, or description files; a running container takes them at once',
    )
    .option('--breaking', 'also when callers of the service as it is now could not go on')
    .addHelpText('after', '\nExample:\n  gridwrap register services/newstar --config site/gridwrap.yaml')
    .action(async (paths: readonly string[], options: SiteOptions & { readonly breaking?: boolean }) => {
      const { configuration, registerDescriptions } = await open(options.config)
      const { done, refused } = await registerDescriptions(paths, configuration, {
        breaking: options.breaking === true,
      })
      if (options.json === true) print(JSON.stringify(done))
      else if (done.length > 0)
        print(done.map(one => `${one.changed ? 'registered' : 'unchanged '} ${one.name}  ${one.url}`).join('\n'))
      for (const { name, missing } of done)
        if (missing !== undefined) say(`${name}: ${missing} is not installed here, so runs will fail until it is.`)
      for (const error of refused) process.exitCode = reportError(error)
    })
  site(program.command('unregister <name>'))
    .description('take a service away; its instances live on')
    .addHelpText('after', '\nExample:\n  gridwrap unregister newstar --config site/gridwrap.yaml')
    .action(async (name: string, options: SiteOptions) => {
      const { configuration, withStore } = await open(options.config)
      await withStore(configuration, async store => {
        const { existed } = await store.applications.unregister({ name, now: wallClock() })
        if (existed) return
        const known = (await store.applications.services()).map(one => one.name)
        const meant = didYouMean(name, known)
        throw new GridwrapError('not-found', `There is no service ${name}.`, {
          hint:
            meant === undefined
              ? `There are: ${known.join(', ') || 'none yet'}.`
              : `Did you mean ${meant}? There are: ${known.join(', ')}.`,
        })
      })
      print(options.json === true ? JSON.stringify({ unregistered: name }) : `unregistered ${name}`)
    })
  site(program.command('applications'))
    .description('what is offered')
    .addHelpText('after', '\nExample:\n  gridwrap applications --config site/gridwrap.yaml')
    .action(async (options: SiteOptions) => {
      const { configuration, offeredServices, serviceUrl, withStore } = await open(options.config)
      const offered = await withStore(configuration, async store =>
        (await offeredServices(configuration, store).all()).map(one => ({
          name: one.name,
          title: one.application.title,
          url: serviceUrl(configuration, one.name),
          registered: one.registered,
          digest: one.digest,
        })),
      )
      print(
        options.json === true
          ? JSON.stringify(offered)
          : offered.map(one => `${one.name.padEnd(20)} ${one.title}`).join('\n') ||
              'Nothing is registered yet: gridwrap register FOLDER',
      )
    })
}
