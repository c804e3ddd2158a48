import { type Command, InvalidArgumentError } from 'commander'
import { readEndpoint } from '../../core/read-endpoint.ts'
import { seconds, wholeNumber } from '../option-values.ts'
import type { GridFtpFlags } from '../serve-gridftp.ts'

export function addGridftp(program: Command): void {
  program
    .command('gridftp')
    .description('serve a folder of this machine by GridFTP, to those you name, until Ctrl-C')
    .requiredOption('--root <folder>', 'what is served; nothing outside of it is reached')
    .option('--listen <address>', 'host:port to listen at', endpoint, '0.0.0.0:2811')
    .option('--write', 'let them write, too')
    .option('--allow <dn>', 'who may come: a name, in which * stands for anything; more than once', collect)
    .option('--gridmap <file>', 'who may come: the people of a grid-mapfile; more than once', collect)
    .option('--anonymous', 'let anybody read, without a certificate (ftp://)')
    .option('--cert <file>', 'the certificate that the server shows (default: that of the host, else your proxy)')
    .option('--key <file>', 'its key, when it is in another file')
    .option('--data-ports <range>', 'ports for data, as 50000-51000; a firewall must let them through', portRange)
    .option('--data-host <host>', 'the address that clients are told for data, behind a translated one')
    .option('--idle <time>', 'how long a session may say nothing (default: 15m)', seconds)
    .option('--connections <n>', 'sessions at once (default: 1024)', wholeNumber(1, 100_000))
    .option('--json', 'say when it is ready as one line of JSON')
    .addHelpText(
      'after',
      `
Examples:
  gridwrap gridftp --root results --allow '/DC=org/DC=example/CN=Ada'
  gridwrap gridftp --root /data --gridmap /etc/grid-security/grid-mapfile --write --data-ports 50000-51000
Without --allow and --gridmap only you may come: whoever the certificate names.`,
    )
    .action(async (flags: GridFtpFlags) => {
      const { serveGridFtp } = await import('../serve-gridftp.ts')
      await serveGridFtp(flags)
    })
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

function endpoint(text: string): string {
  if (readEndpoint(text) === undefined)
    throw new InvalidArgumentError('It must be a host and a port, as 0.0.0.0:2811 or [::]:2811.')
  return text
}

function portRange(text: string): readonly [number, number] {
  const [, first, last] = /^(\d{1,5})[-,](\d{1,5})$/.exec(text) ?? []
  const range = [Number(first), Number(last)] as const
  if (first === undefined || range[0] < 1024 || range[1] > 65_535 || range[0] > range[1])
    throw new InvalidArgumentError('It must be two ports from 1024 to 65535, as 50000-51000.')
  return range
}
