import { type Command, Option } from 'commander'
import { AccountMap } from '../../authz/account-map.ts'
import { actionNames, actions } from '../../authz/actions.ts'
import type { AuthorizationRequest } from '../../authz/adapter.ts'
import type { AuthorizationChain } from '../../authz/chain.ts'
import { readConfiguration } from '../../container/configuration.ts'
import { openAuthorization } from '../../container/open-authorization.ts'
import type { ProblemLog } from '../../core/log.ts'
import { readCredential } from '../../gsi/credential.ts'
import { parseSlashForm } from '../../gsi/dn.ts'
import { normalSlash } from '../../gsi/normal-slash.ts'
import { endEntityOf } from '../../gsi/proxy-generation.ts'
import { normalFqan } from '../../gsi/voms/fqan.ts'
import { exitCodes, print, say, UsageError } from '../terminal.ts'

interface ExplainOptions {
  readonly config: string
  readonly dn: string
  readonly fqan: readonly string[]
  readonly proxy: 'none' | 'full' | 'limited'
  readonly action: AuthorizationRequest['action']
  readonly service?: string
  readonly param: readonly string[]
  readonly option: readonly string[]
  readonly owner?: string
  readonly shared?: 'read' | 'control'
  readonly json?: boolean
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]

export function addAuthz(program: Command): void {
  const authz = program
    .command('authz')
    .description('who may do what in a container, and why')
    .addHelpText('after', '\nExample:\n  gridwrap authz explain --dn "/DC=org/CN=Alice" --service newstar')
    .addHelpText('after', `\nActions:\n${actionNames.map(name => `  ${name.padEnd(22)}${actions[name]}`).join('\n')}`)
  authz
    .command('explain')
    .description('decide as the container would, without it, and say which rule decided')
    .requiredOption('--dn <name>', 'who: the distinguished name')
    .option('--fqan <fqan>', 'a group or role of theirs; may be said again', collect, [])
    .addOption(
      new Option('--proxy <kind>', 'with which kind of proxy').choices(['none', 'full', 'limited']).default('full'),
    )
    .addOption(new Option('--action <action>', 'what they want to do').choices(actionNames).default('service.submit'))
    .option('--service <name>', 'of which application')
    .option('--param <name=value>', 'an input; 12 is an integer, 12.0 a number; may be said again', collect, [])
    .option('--option <name=value>', 'an option of the job; may be said again', collect, [])
    .option('--owner <name>', 'of instances: whose it is (default: their own)')
    .addOption(
      new Option('--shared <right>', 'of instances: what the owner shared with them').choices(['read', 'control']),
    )
    .option('-c, --config <file>', 'the configuration', process.env['GRIDWRAP_CONFIG'] ?? 'gridwrap.yaml')
    .option('--json', 'answer in JSON')
    .addHelpText(
      'after',
      `
Examples:
  gridwrap authz explain --dn "/DC=org/CN=Alice" --service newstar
  gridwrap authz explain --dn "/DC=org/CN=Bob" --fqan /astro/Role=production --service swarp --param size=4096
  gridwrap authz explain --dn "/DC=org/CN=Bob" --action instance.control --owner "/DC=org/CN=Alice" --shared read

Exit code: 0 when it is permitted, 3 when it is denied.`,
    )
    .action(explain)
}

/** What a container would log is told to whoever asks. */
const problems: ProblemLog = {
  warn: (details, message) => tell(details, message),
  error: (details, message) => tell(details, message),
}
const tell = (details: object, message: string): void => {
  const { file, why, line, message: detail } = details as Readonly<Record<string, string | undefined>>
  say(
    `${[file, line].filter(part => part !== undefined).join(':')}: ${message}${(why ?? detail) === undefined ? '' : `: ${why ?? detail}`}`,
  )
}

async function explain(options: ExplainOptions): Promise<void> {
  const configuration = readConfiguration(options.config)
  const own = (): string => hostName(configuration['host-credential'])
  const { chain } = await openAuthorization(configuration, own, problems)
  const request = requestOf(options)
  const { verdicts, decision } = chain.explain(request)
  const { accounts: rules } = configuration.run
  const accounts = rules === undefined ? undefined : new AccountMap(rules, problems)
  const admission = admissionProblem(chain, request)
  const permitted = admission === undefined && decision.effect === 'permit'
  const answer = {
    decision: permitted ? 'permit' : 'deny',
    rule: admission ?? decision.rule,
    admitted: admission === undefined,
    ...(accounts === undefined ? {} : { account: accounts.account(request.identity) ?? null }),
    verdicts: verdicts.map(({ effect, rule }) => ({ effect, rule })),
  }
  if (options.json === true) print(JSON.stringify(answer))
  else {
    for (const { effect, rule } of answer.verdicts) print(`  ${effect.padEnd(8)} ${rule}`)
    if (answer.account !== undefined) print(`  account  ${answer.account ?? 'none: programs of theirs are refused'}`)
    if (admission !== undefined) print(`  not let in: ${admission}`)
    print(`${permitted ? 'PERMITTED' : 'DENIED'}  ${answer.rule}`)
  }
  if (!permitted) process.exitCode = exitCodes.denied
}

function admissionProblem(chain: AuthorizationChain, { identity }: AuthorizationRequest): string | undefined {
  return chain.refuses(identity) ?? (chain.knows(identity) ? undefined : 'no adapter knows the caller')
}

function requestOf(options: ExplainOptions): AuthorizationRequest {
  const subject = nameOf(options.dn, '--dn')
  const instance = options.action.startsWith('instance.')
    ? {
        id: 'some-instance',
        owner: `gsi:${options.owner === undefined ? subject : nameOf(options.owner, '--owner')}`,
        shared: options.shared,
      }
    : undefined
  return {
    identity: {
      scheme: 'gsi',
      subject,
      issuer: '',
      proxy: options.proxy,
      expires: Number.POSITIVE_INFINITY,
      attributes: { fqans: options.fqan.map(fqanOf), generic: [], expires: undefined, problems: [] },
    },
    action: options.action,
    service: options.service,
    instance,
    parameters: { inputs: parametersOf(options.param, '--param'), options: parametersOf(options.option, '--option') },
    parametersFollow: false,
  }
}

function nameOf(text: string, option: string): string {
  try {
    parseSlashForm(text)
  } catch (error) {
    throw new UsageError(`${option}: ${error instanceof Error ? error.message : String(error)}`)
  }
  return normalSlash(text)
}

function fqanOf(text: string): string {
  const fqan = normalFqan(text)
  if (fqan === undefined) throw new UsageError(`--fqan: "${text}" is not like /vo/group/Role=production.`)
  return fqan
}

function parametersOf(words: readonly string[], option: string): Readonly<Record<string, unknown>> {
  const parameters: Record<string, unknown[]> = {}
  for (const word of words) {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_-]*)=(.*)$/s.exec(word) ?? []
    if (name === undefined || value === undefined) throw new UsageError(`${option}: "${word}" is not like name=value.`)
    parameters[name] = [...(parameters[name] ?? []), parameterValue(value)]
  }
  return Object.fromEntries(
    Object.entries(parameters).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  )
}

function parameterValue(text: string): unknown {
  if (/^-?\d{1,18}$/.test(text)) return BigInt(text)
  if (/^-?\d+\.\d+(?:e[+-]?\d+)?$/i.test(text)) return Number(text)
  return text === 'true' ? true : text === 'false' ? false : text
}

/** The container's own name, for the adapter `self`; nobody's when the certificate cannot be read from here. */
function hostName({ certificate, key }: { readonly certificate: string; readonly key: string }): string {
  try {
    const { certificate: own, certificates } = readCredential({ file: certificate, keyFile: key })
    return (endEntityOf(certificates) ?? own).subject.slash
  } catch {
    return ''
  }
}
