import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { addToGridmap, listGridmap, removeFromGridmap } from '../../authz/edit-gridmap.ts'
import { GridwrapError } from '../../core/errors.ts'
import { exitCodes, print, say, UsageError } from '../terminal.ts'

interface GridmapOptions {
  readonly file: string
  readonly json?: boolean
}

const command = (parent: Command, name: string, example: string): Command =>
  parent
    .command(name)
    .option('-f, --file <file>', 'the grid-mapfile', process.env['GRIDMAP'] ?? '/etc/grid-security/grid-mapfile')
    .option('--json', 'answer in JSON')
    .addHelpText('after', `\nExample:\n  gridwrap gridmap ${example}`)

export function addGridmap(program: Command): void {
  const gridmap = program
    .command('gridmap')
    .description('who may use a container: distinguished names and accounts; a running one takes changes at once')
    .addHelpText('after', '\nExample:\n  gridwrap gridmap list -f site/grid-mapfile')
  command(gridmap, 'add <name> <account...>', 'add "/DC=org/CN=Alice" alice -f site/grid-mapfile')
    .description('add a name, or give it other accounts; the first is the default')
    .action(async (name: string, accounts: readonly string[], { file, json }: GridmapOptions) => {
      await addToGridmap(file, name, accounts).catch((error: NodeJS.ErrnoException) => {
        throw error.code === undefined ? new UsageError(error.message) : error
      })
      if (json === true) print(JSON.stringify({ subject: name, accounts }))
      else say(`${name} may use ${accounts.length === 1 ? 'the account' : 'the accounts'} ${accounts.join(', ')}.`)
    })
  command(gridmap, 'remove <name>', 'remove "/DC=org/CN=Alice" -f site/grid-mapfile')
    .description('take a name out')
    .action(async (name: string, { file, json }: GridmapOptions) => {
      requireFile(file)
      if (!(await removeFromGridmap(file, name)))
        throw new GridwrapError('not-found', `${name} is not in ${file}.`, {
          hint: `gridwrap gridmap list -f ${file} shows who is.`,
        })
      if (json === true) print(JSON.stringify({ removed: name }))
      else say(`${name} is taken out.`)
    })
  command(gridmap, 'list', 'list -f site/grid-mapfile')
    .description('who is in it')
    .action(async ({ file, json }: GridmapOptions) => {
      requireFile(file)
      const { entries } = await listGridmap(file)
      if (json === true) print(JSON.stringify(entries))
      else if (entries.length === 0) say('Nobody is in it.')
      else print(entries.map(entry => `${entry.subject}  ${entry.accounts.join(',')}`).join('\n'))
    })
  command(gridmap, 'check', 'check -f site/grid-mapfile')
    .description('look for lines that are not taken')
    .action(async ({ file, json }: GridmapOptions) => {
      requireFile(file)
      const { entries, problems } = await listGridmap(file)
      if (json === true) print(JSON.stringify({ names: entries.length, problems }))
      else {
        for (const problem of problems) say(`${file}:${problem.line}: ${problem.message}`)
        say(`${entries.length} names, ${problems.length} problems`)
      }
      if (problems.length > 0) process.exitCode = exitCodes.usage
    })
}

/** To a container a file that is not there lets nobody in; to a person it is most likely misspelt. */
function requireFile(file: string): void {
  if (existsSync(file)) return
  throw new GridwrapError('not-found', `There is no grid-mapfile ${file}.`, {
    hint: 'Name it with --file or GRIDMAP; gridwrap gridmap add makes one.',
  })
}
