import type { Command } from 'commander'

interface WrapFlags {
  readonly out?: string
  readonly force?: boolean
  readonly json?: boolean
  readonly stdin?: string
  readonly name?: string
}

/** `gridwrap wrap -- COMMAND…`: a description proposed from one run. */
export function addWrap(program: Command): void {
  program
    .command('wrap <command...>')
    .summary('run a command once, watch it, and propose a description of it')
    .description(
      'run a command here, once, as you would, and propose a description from what it read, wrote, printed and used. It is run in this folder and with your rights; what it does, it does',
    )
    .option(
      '--out <dir>',
      'write DIR/NAME/application.yaml, and beside it the files that it needs; without it, standard output',
    )
    .option('--name <name>', 'what to call the service; else after the program')
    .option('--stdin <file>', 'what the command reads on standard input')
    .option('--force', 'replace a description that is there')
    .option('--json', 'answer in JSON')
    .addHelpText(
      'after',
      `
Examples:
  gridwrap wrap --out services -- samtools sort -o sorted.bam reads.sam
  gridwrap wrap --out services --stdin water.in -- ./solver
  gridwrap check --run services/solver

Two dashes come before the command. With strace (apt install strace) it is seen which files are opened; without it, only what
changed in the folder.`,
    )
    .action(async (command: readonly string[], flags: WrapFlags) => {
      const { wrapCommand } = await import('../wrap/wrap-command.ts')
      await wrapCommand(command, flags)
    })
}
