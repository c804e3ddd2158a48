import { Command, CommanderError } from 'commander'
import { packageVersion } from '../core/package-version.ts'
import { exitCodes, reportError } from './terminal.ts'

/** Runs one command and resolves with its exit code. Output goes to standard output, everything else to standard error. */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  const program = new Command('gridwrap')
    .description('Hosts legacy programs as secure Grid services, and calls them.')
    .version(packageVersion)
    .showHelpAfterError('(gridwrap COMMAND --help shows examples)')
    .showSuggestionAfterError()
    .addHelpText('after', exitCodeHelp)
    .exitOverride()
  for (const add of await commandsFor(words[0])) add(program)
  for (const command of program.commands) overrideExit(command)
  try {
    await program.parseAsync(words, { from: 'user' })
    return Number(process.exitCode ?? exitCodes.done)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    return reportError(error)
  }
}

type Add = (program: Command) => void

/** What each command is made by; loaded only when it is the one that was asked for, because start-up is felt. */
const sources: readonly { readonly words: readonly string[]; readonly load: () => Promise<Add> }[] = [
  { words: ['run'], load: async () => (await import('./commands/run.ts')).addRun },
  { words: ['submit'], load: async () => (await import('./commands/submit.ts')).addSubmit },
  {
    words: [
      'status',
      'wait',
      'results',
      'output',
      'start',
      'suspend',
      'resume',
      'cancel',
      'interrupt',
      'destroy',
      'list',
      'share',
      'unshare',
    ],
    load: async () => (await import('./commands/jobs.ts')).addJobs,
  },
  {
    words: ['checkpoint', 'restore'],
    load: async () => (await import('./commands/checkpoint.ts')).addCheckpoint,
  },
  { words: ['evaluate'], load: async () => (await import('./commands/evaluate.ts')).addEvaluate },
  { words: ['watch'], load: async () => (await import('./commands/watch.ts')).addWatch },
  { words: ['data'], load: async () => (await import('./commands/data.ts')).addData },
  { words: ['call'], load: async () => (await import('./commands/call.ts')).addCall },
  {
    words: ['describe-service'],
    load: async () => (await import('./commands/describe-service.ts')).addDescribeService,
  },
  { words: ['announce'], load: async () => (await import('./commands/announce.ts')).addAnnounce },
  { words: ['proxy'], load: async () => (await import('./commands/proxy.ts')).addProxy },
  { words: ['init'], load: async () => (await import('./commands/init.ts')).addInit },
  { words: ['serve'], load: async () => (await import('./commands/serve.ts')).addServe },
  {
    words: ['register', 'unregister', 'applications'],
    load: async () => (await import('./commands/registration.ts')).addRegistration,
  },
  { words: ['check'], load: async () => (await import('./commands/check.ts')).addCheck },
  { words: ['export'], load: async () => (await import('./commands/export.ts')).addExport },
  { words: ['import'], load: async () => (await import('./commands/import.ts')).addImport },
  { words: ['wrap'], load: async () => (await import('./commands/wrap.ts')).addWrap },
  { words: ['gridmap'], load: async () => (await import('./commands/gridmap.ts')).addGridmap },
  { words: ['delegation'], load: async () => (await import('./commands/delegation.ts')).addDelegation },
  { words: ['myproxy'], load: async () => (await import('./commands/myproxy.ts')).addMyproxy },
  { words: ['authz'], load: async () => (await import('./commands/authz.ts')).addAuthz },
  { words: ['gridftp'], load: async () => (await import('./commands/gridftp.ts')).addGridftp },
  { words: ['cp'], load: async () => (await import('./commands/copy.ts')).addCopy },
  {
    words: ['ls', 'stat', 'mkdir', 'rm', 'checksum'],
    load: async () => (await import('./commands/remote-files.ts')).addRemoteFiles,
  },
  { words: ['transfer'], load: async () => (await import('./commands/transfer.ts')).addTransfer },
  { words: ['part'], load: async () => (await import('./commands/container-part.ts')).addContainerPart },
]

async function commandsFor(word: string | undefined): Promise<readonly Add[]> {
  if (word === '--version' || word === '-V') return []
  const own = sources.filter(source => word !== undefined && source.words.includes(word))
  return Promise.all((own.length > 0 ? own : sources).map(source => source.load()))
}

/** commander ends the process on its own unless each command is told not to. */
function overrideExit(command: Command): void {
  command.exitOverride()
  for (const child of command.commands) overrideExit(child)
}

const exitCodeHelp = `
Exit codes: 0 done · 1 the program, or some of several files, failed · 2 usage or a broken description · 3 credential or permission ·
4 not found · 5 not now (unreachable, busy, still running) · 70 internal · 130 interrupted (a job that was made goes on)

Environment: GRIDWRAP_URL the container that services and jobs are looked for at (https://localhost:8443) ·
GRIDWRAP_CONFIG the configuration for register, unregister, applications, serve (gridwrap.yaml) ·
X509_USER_PROXY X509_USER_CERT X509_USER_KEY X509_CERT_DIR where credentials and authorities are ·
MYPROXY_SERVER MYPROXY_SERVER_PORT MYPROXY_SERVER_DN the MyProxy server

Start with:  gridwrap init demo-site  ·  gridwrap serve --config demo-site/gridwrap.yaml`
