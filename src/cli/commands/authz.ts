import { type Command, Option } from 'commander'
import type { Application } from '../../application/model.ts'
import { AccountMap } from '../../authz/account-map.ts'
import { actionNames, actions } from '../../authz/actions.ts'
import type { AuthorizationRequest } from '../../authz/adapter.ts'
import type { AuthorizationChain } from '../../authz/chain.ts'
import { readConfiguration } from '../../container/configuration.ts'
import { misspeltNames } from '../../container/misspelt-names.ts'
import { openAuthorization } from '../../container/open-authorization.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import type { GsiIdentity } from '../../core/identity.ts'
import type { ProblemLog } from '../../core/log.ts'
import { readCredential } from '../../gsi/credential.ts'
import { endEntityOf } from '../../gsi/proxy-generation.ts'
import { type CallerOptions, explainedCaller, slashName } from '../explain-caller.ts'
import { inputsOfWords, looseParameters } from '../explain-inputs.ts'
import { problemText } from '../problem-text.ts'
import { offeredHere } from '../register-descriptions.ts'
import { exitCodes, print, say } from '../terminal.ts'

interface ExplainOptions extends CallerOptions {
  readonly config: string
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
    .option('--credential <file>', 'who: whose proxy this is, judged as the container would')
    .option('--dn <name>', 'who: the distinguished name')
    .option('--fqan <fqan>', 'a group or role of theirs; may be said again', collect, [])
    .addOption(
      new Option('--proxy <kind>', 'with which kind of proxy').choices(['none', 'full', 'limited']).default('full'),
    )
    .addOption(new Option('--action <action>', 'what they want to do').choices(actionNames).default('service.submit'))
    .option('--service <name>', 'of which application')
    .option('--param <name=value>', 'an input, as for run; may be said again', collect, [])
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
  gridwrap authz explain --credential bobs-proxy.pem --service swarp
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
  // Told of the caller's attributes already.
  if (!('problems' in details)) say(problemText(details, message))
}

async function explain(options: ExplainOptions): Promise<void> {
  const configuration = readConfiguration(options.config)
  const own = (): string => hostName(configuration['host-credential'])
  const { chain } = await openAuthorization(configuration, own, problems)
  // Before the store, for which root becomes the container's account.
  const caller = explainedCaller(options, configuration, problems)
  for (const problem of caller.attributes.problems) say(`Note: attributes of a VO are not taken: ${problem}`)
  const applications = await offeredHere(configuration)
  const request = await requestOf(options, caller, applications)
  for (const note of notes(options, chain, applications)) say(`Note: ${note}`)
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

function notes(
  { service }: ExplainOptions,
  chain: AuthorizationChain,
  applications: readonly Application[] | undefined,
): readonly string[] {
  if (applications === undefined) return []
  const names = applications.map(one => one.name)
  const meant = service === undefined ? undefined : didYouMean(service, names)
  return [
    ...(service === undefined || names.includes(service)
      ? []
      : [`There is no service "${service}" here${meant === undefined ? '' : `; did you mean "${meant}"?`}.`]),
    ...misspeltNames(chain.mentions(), applications),
  ]
}

function admissionProblem(chain: AuthorizationChain, { identity }: AuthorizationRequest): string | undefined {
  return chain.refuses(identity) ?? (chain.knows(identity) ? undefined : 'no adapter knows the caller')
}

async function requestOf(
  options: ExplainOptions,
  identity: GsiIdentity,
  applications: readonly Application[] | undefined,
): Promise<AuthorizationRequest> {
  const { owner, shared, service, param } = options
  const instance = options.action.startsWith('instance.')
    ? {
        id: 'some-instance',
        owner: `gsi:${owner === undefined ? identity.subject : slashName(owner, '--owner')}`,
        shared,
      }
    : undefined
  const application = applications?.find(one => one.name === service)
  const inputs =
    application === undefined
      ? looseParameters(param, '--param')
      : await inputsOfWords(application, param, text => say(`Note: ${text}`))
  return {
    identity,
    action: options.action,
    service,
    instance,
    parameters: { inputs, options: looseParameters(options.option, '--option') },
    parametersFollow: false,
  }
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
