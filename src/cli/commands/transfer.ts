import type { Command } from 'commander'
import { accessOptions, countOf } from '../transfer-access.ts'
import type { SubmitFlags, TermFlags } from '../transfer-sets.ts'

interface Flags {
  readonly json?: boolean
  readonly follow?: boolean
}

/** `gridwrap transfer`: sets of files that move in the background, whatever happens meanwhile. */
export function addTransfer(program: Command): void {
  const transfer = program
    .command('transfer')
    .description('sets of files that move in the background, through failures, restarts and the night')
    .addHelpText('after', help)
  const submit = transfer
    .command('submit [source] [destination]')
    .description('begin a set: one file, or all that a list names')
    .option('-f, --file <list>', 'a list: on each line "SOURCE" "DESTINATION"; - reads it from a pipe')
    .option('-l, --label <text>', 'what you call it')
    .option('--no-verify', 'compare sizes only, not checksums')
    .option('--checksum <algorithm>', 'compare by this checksum, and fail without: sha256, md5, adler32, sha1, sha512')
    .addHelpText(
      'after',
      '\nExamples:\n  gridwrap transfer submit --label night -f files.txt\n  gridwrap transfer submit gsiftp://one.example.org/a.dat gsiftp://two.example.org/a.dat --wait',
    )
  addTerms(submit).action(async (source: string | undefined, destination: string | undefined, flags: SubmitFlags) =>
    (await sets()).submit(source, destination, flags),
  )
  const one = (name: string, description: string, example = `${name} last`): Command =>
    transfer
      .command(`${name} [transfer]`)
      .description(description)
      .addHelpText('after', `\nExample:\n  gridwrap transfer ${example}`)
  one('status', 'how far it is, and what is wrong')
    .option('--json', 'answer in JSON, with every file')
    .action(async (word = 'last', flags: Flags) => (await sets()).status(word, flags.json === true))
  one('wait', 'wait for its end, and show how far it is')
    .option('--json', 'answer in JSON, with every file')
    .action(async (word = 'last', flags: Flags) => (await sets()).wait(word, flags.json === true))
  one('log', 'what happened, in words')
    .option('-f, --follow', 'and what happens')
    .action(async (word = 'last', flags: Flags) => (await sets()).log(word, flags.follow === true))
  one('cancel', 'end it; files that are there stay').action(async (word = 'last') => (await sets()).cancel(word))
  const resume = one(
    'resume',
    'go on with one that was cancelled or interrupted, and try again what failed; what is said here replaces what it was submitted with (--no-fast and --data-authentication take those back)',
    'resume night --concurrency 2 --timeout 300',
  )
  addTerms(resume).action(async (word = 'last', flags: TermFlags) => (await sets()).resume(word, flags))
  one('remove', 'forget one that is at its end', 'remove night').action(async (word = 'last') =>
    (await sets()).remove(word),
  )
  transfer
    .command('list')
    .description('your sets, the newest first')
    .option('--json', 'answer in JSON')
    .addHelpText('after', '\nExample:\n  gridwrap transfer list')
    .action(async (flags: Flags) => (await sets()).list(flags.json === true))
  // The process in the background that `submit` and `resume` start.
  transfer.command('work <transfer>', { hidden: true }).action(async (id: string) => (await sets()).work(id))
}

/** How a set moves, which may be said again when it goes on. */
function addTerms(command: Command): Command {
  command
    .option('-c, --concurrency <n>', 'files at once (default: 4)', countOf(1, 256))
    .option(
      '--attempts <n>',
      'attempts in a row of one file that may come to nothing (default: 50)',
      countOf(1, 100_000),
    )
    .option('--wait', 'wait for its end, and show how far it is')
    .option('--json', 'answer in JSON')
  for (const option of accessOptions()) command.addOption(option)
  return command
}

const sets = (): Promise<typeof import('../transfer-sets.ts')> => import('../transfer-sets.ts')

const help = `
A set is a list of files, each with its place at both ends. It moves in a process of its own: you may log out. Files whose
server is away for a while wait and are tried again while others move; without a valid proxy all wait for a new one; what
is there is compared by checksum. What was killed, or switched off, goes on with "resume" and moves no file twice.
"last", a label, an id or its beginning names a set.

Example:
  gridwrap transfer submit --label night -f files.txt && gridwrap transfer log -f`
