import cedar, { type CedarValueJson, type EntityJson } from '@cedar-policy/cedar-wasm/nodejs'
import { monotonic, wallClock } from '../../core/clock.ts'
import type { GsiIdentity, Identity } from '../../core/identity.ts'
import type { ProblemLog } from '../../core/log.ts'
import type { Action } from '../actions.ts'
import type { AuthorizationAdapter, AuthorizationRequest, Mentions, Verdict } from '../adapter.ts'
import { FollowedFile } from '../followed-file.ts'
import { extension, PolicyValues, TooManyValues } from './policy-values.ts'
import { type PolicyRule, readPolicy } from './read-policy.ts'

/**
 * A policy file, ready to be asked in three ways: all of its rules; the rules for questions that come before the
 * parameters are known, with each `permit` as if what it says of them held; and what each `permit` says of who is asking.
 */
interface Loaded {
  readonly rules: ReadonlyMap<string, PolicyRule>
  readonly all: string
  readonly early: string
  readonly people: string
  /** The parameters and options of which any rule speaks: the others are not looked at. */
  readonly parameters: ReadonlySet<string>
  readonly options: ReadonlySet<string>
  /** The applications that any rule names. */
  readonly applications: ReadonlySet<string>
}

const knownForMs = 60_000
const mostKnown = 10_000

let loads = 0

/**
 * Decides by a policy file in the Cedar language over (who, groups and roles, action, application, typed parameters,
 * time). What it permits it permits of services; of instances it can only deny: who may see one is the owner's to say.
 * A `forbid` that cannot be evaluated forbids. While the file cannot be read, everything is denied.
 */
export class Policy implements AuthorizationAdapter {
  readonly name = 'policy'
  readonly #file: FollowedFile<Loaded | undefined>
  readonly #known = new Map<string, { readonly generation: number; readonly asked: number; readonly known: boolean }>()

  constructor(file: string, log: ProblemLog) {
    const slot = `policy ${++loads}`
    this.#file = new FollowedFile<Loaded | undefined>(file, text => load(text, slot), undefined, log)
  }

  /** Whether any rule permits something to people like the caller; asked anew once a minute, because rules may speak of the time. */
  knows(identity: Identity): boolean {
    const policy = this.#file.current()
    if (policy === undefined || identity.scheme !== 'gsi') return false
    const { subject, issuer, proxy, attributes } = identity
    const key = JSON.stringify([subject, issuer, proxy, attributes.fqans, attributes.generic])
    const found = this.#known.get(key)
    const { generation } = this.#file
    if (found?.generation === generation && monotonic() - found.asked < knownForMs) return found.known
    if (this.#known.size >= mostKnown) this.#known.clear()
    const request = { identity, action: 'container.read', service: undefined, instance: undefined } as const
    const asked = { ...request, parameters: undefined, parametersFollow: false }
    const known = ask(policy.people, asked, identity, policy).decision === 'allow'
    this.#known.set(key, { generation, asked: monotonic(), known })
    return known
  }

  mentions(): Mentions {
    const policy = this.#file.current()
    return { services: [...(policy?.applications ?? [])], inputs: [...(policy?.parameters ?? [])] }
  }

  decide(request: AuthorizationRequest): Verdict {
    const policy = this.#file.current()
    if (policy === undefined)
      return { effect: 'deny', rule: `${this.#file.path} is missing or broken (the log says why)` }
    if (request.identity.scheme !== 'gsi') return { effect: 'abstain', rule: 'it speaks of people with certificates' }
    return evaluate(policy, request, request.identity)
  }
}

function load(text: string, slot: string): Loaded {
  const rules = readPolicy(text)
  const permits = rules.filter(rule => rule.effect === 'permit')
  prepare(
    `${slot} all`,
    rules.map(({ name, text }) => [name, text]),
  )
  prepare(
    `${slot} early`,
    rules
      .filter(({ effect, withoutParameters }) => effect === 'permit' || withoutParameters === undefined)
      .map(({ name, text, withoutParameters }) => [name, withoutParameters ?? text]),
  )
  prepare(
    `${slot} people`,
    permits.map(({ name, ofPrincipal }) => [name, ofPrincipal]),
  )
  return {
    rules: new Map(rules.map(rule => [rule.name, rule])),
    all: `${slot} all`,
    early: `${slot} early`,
    people: `${slot} people`,
    parameters: new Set(rules.flatMap(rule => [...rule.parameters])),
    options: new Set(rules.flatMap(rule => [...rule.options])),
    applications: new Set(
      rules.flatMap(({ text }) => [...text.matchAll(/\bApplication::"([^"\\]+)"/g)].map(match => match[1] ?? '')),
    ),
  }
}

function prepare(name: string, rules: readonly (readonly [string, string])[]): void {
  const staticPolicies = Object.fromEntries(rules)
  const prepared = cedar.preparsePolicySet(name, { staticPolicies })
  if (prepared.type === 'failure') throw new Error(prepared.errors.map(error => error.message).join('; '))
}

function evaluate(policy: Loaded, request: AuthorizationRequest, identity: GsiIdentity): Verdict {
  const { parameters, parametersFollow } = request
  const first = judge(policy, policy.early, request, identity)
  // Of a call with some of its parameters, what is there may be forbidden already.
  if (parametersFollow && (parameters === undefined || first.effect === 'deny')) return first
  const whole = judge(policy, policy.all, request, identity)
  return parametersFollow && whole.effect !== 'deny' ? first : whole
}

function judge(policy: Loaded, rules: string, request: AuthorizationRequest, identity: GsiIdentity): Verdict {
  let answer: Answer
  try {
    answer = ask(rules, request, identity, policy)
  } catch (error) {
    if (error instanceof TooManyValues) return { effect: 'deny', rule: error.message }
    throw error
  }
  const { decision, diagnostics } = answer
  const effectOf = (name: string) => policy.rules.get(name)?.effect
  const broken = diagnostics.errors.find(error => effectOf(error.policyId) === 'forbid')
  if (broken !== undefined)
    return { effect: 'deny', rule: `"${broken.policyId}" cannot be evaluated (${broken.error.message})` }
  const [reason] = diagnostics.reason
  if (decision === 'deny' && reason !== undefined) return { effect: 'deny', rule: `"${reason}" forbids it` }
  if (request.instance !== undefined || request.action.startsWith('instance.'))
    return { effect: 'abstain', rule: 'no rule forbids it' }
  return decision === 'allow'
    ? { effect: 'permit', rule: `"${reason ?? ''}" permits it` }
    : { effect: 'abstain', rule: 'no rule permits it' }
}

type Answer = Extract<ReturnType<typeof cedar.statefulIsAuthorized>, { type: 'success' }>['response']

function ask(rules: string, request: AuthorizationRequest, identity: GsiIdentity, policy: Loaded): Answer {
  const answer = cedar.statefulIsAuthorized({
    principal: { type: 'Person', id: identity.subject },
    action: { type: 'Action', id: request.action },
    resource: resourceOf(request),
    context: contextOf(request, policy),
    entities: entitiesOf(request, identity),
    preparsedPolicySetId: rules,
    validateRequest: false,
  })
  if (answer.type === 'failure') throw new Error(answer.errors.map(error => error.message).join('; '))
  return answer.response
}

function resourceOf({ instance, service }: AuthorizationRequest): { type: string; id: string } {
  if (instance !== undefined) return { type: 'Instance', id: instance.id }
  return service === undefined ? { type: 'Container', id: 'container' } : { type: 'Application', id: service }
}

function contextOf({ parameters }: AuthorizationRequest, policy: Loaded): Record<string, CedarValueJson> {
  const now = new Date(wallClock())
  const context: Record<string, CedarValueJson> = {
    now: extension('datetime', now.toISOString()),
    hour: now.getUTCHours(),
    // Monday is 1, as ISO 8601 counts.
    weekday: now.getUTCDay() === 0 ? 7 : now.getUTCDay(),
  }
  if (parameters === undefined) return context
  const values = new PolicyValues()
  return {
    ...context,
    parameters: values.record(parameters.inputs, policy.parameters),
    options: values.record(parameters.options, policy.options, { integers: true }),
  }
}

function entitiesOf(request: AuthorizationRequest, identity: GsiIdentity): EntityJson[] {
  const { action, instance, service } = request
  const { fqans, generic } = identity.attributes
  const person: EntityJson = {
    uid: { type: 'Person', id: identity.subject },
    attrs: {
      name: identity.subject,
      issuer: identity.issuer,
      proxy: identity.proxy,
      fqans: [...fqans],
      attributes: byVo(generic),
    },
    parents: fqans.map(id => ({ type: 'Fqan', id })),
  }
  const doing: EntityJson = {
    uid: { type: 'Action', id: action },
    attrs: {},
    parents: groupsOf(action).map(id => ({ type: 'Action', id })),
  }
  const application = { type: 'Application', id: service ?? '' }
  const about: EntityJson = {
    uid: resourceOf(request),
    attrs:
      instance === undefined
        ? { name: service ?? '' }
        : {
            owner: instance.owner.replace(/^gsi:/, ''),
            application: service ?? '',
            shared: instance.shared ?? 'no',
          },
    parents: instance === undefined ? [] : [application],
  }
  return [person, doing, about]
}

/** Generic attributes by VO: what one VO says of somebody is not what another one asks about. */
function byVo(generic: GsiIdentity['attributes']['generic']): CedarValueJson {
  const vos: Record<string, Record<string, string>> = {}
  for (const { vo, name, value } of generic) vos[vo] = { [name]: value, ...vos[vo] }
  return vos
}

const groupsOf = (action: Action): string[] => [
  action.replace(/\..*$/, ''),
  ...(/\.(read|list)$/.test(action) ? ['read'] : []),
]
