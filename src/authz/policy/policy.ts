import cedar, { type CedarValueJson, type EntityJson } from '@cedar-policy/cedar-wasm/nodejs'
import { monotonic, wallClock } from '../../core/clock.ts'
import type { GsiIdentity, Identity } from '../../core/identity.ts'
import type { ProblemLog } from '../../core/log.ts'
import { type Action, actionNames } from '../actions.ts'
import type { AuthorizationAdapter, AuthorizationRequest, Verdict } from '../adapter.ts'
import { FollowedFile } from '../followed-file.ts'
import { extension, policyRecord } from './policy-values.ts'
import { type PolicyRule, readPolicy } from './read-policy.ts'

/**
 * A policy file, ready to be asked: all of its rules, and for questions that come before the parameters are known those
 * that do not speak of them, with each `permit` that does as if its conditions on parameters held.
 */
interface Loaded {
  readonly rules: ReadonlyMap<string, PolicyRule>
  readonly all: string
  readonly early: string
  readonly applications: readonly string[]
}

const knownForMs = 60_000
const mostKnown = 10_000
const mostQuestions = 400

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

  /** Whether any rule permits the caller anything; asked anew once a minute, because rules may speak of the time. */
  knows(identity: Identity): boolean {
    const policy = this.#file.current()
    if (policy === undefined || identity.scheme !== 'gsi') return false
    const key = `${identity.subject}\n${identity.proxy}\n${identity.attributes.fqans.join('\n')}`
    const found = this.#known.get(key)
    const { generation } = this.#file
    if (found?.generation === generation && monotonic() - found.asked < knownForMs) return found.known
    if (this.#known.size >= mostKnown) this.#known.clear()
    const known = this.#isPermittedAnything(identity)
    this.#known.set(key, { generation, asked: monotonic(), known })
    return known
  }

  decide(request: AuthorizationRequest): Verdict {
    const policy = this.#file.current()
    if (policy === undefined)
      return { effect: 'deny', rule: `${this.#file.path} is missing or broken (the log says why)` }
    if (request.identity.scheme !== 'gsi') return { effect: 'abstain', rule: 'it speaks of people with certificates' }
    return evaluate(policy, request, request.identity)
  }

  #isPermittedAnything(identity: GsiIdentity): boolean {
    const policy = this.#file.current()
    const services = [...(policy?.applications ?? []), '']
    const actions = actionNames.filter(action => !action.startsWith('instance.'))
    return services
      .flatMap(service => actions.map(action => ({ service, action })))
      .slice(0, mostQuestions)
      .some(({ service, action }) => {
        const request = {
          identity,
          action,
          service,
          instance: undefined,
          parameters: undefined,
          parametersFollow: true,
        }
        return this.decide(request).effect === 'permit'
      })
  }
}

function load(text: string, slot: string): Loaded {
  const rules = readPolicy(text)
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
  return {
    rules: new Map(rules.map(rule => [rule.name, rule])),
    all: `${slot} all`,
    early: `${slot} early`,
    applications: [...new Set(rules.flatMap(rule => rule.applications))],
  }
}

function prepare(name: string, rules: readonly (readonly [string, string])[]): void {
  const staticPolicies = Object.fromEntries(rules)
  const prepared = cedar.preparsePolicySet(name, { staticPolicies })
  if (prepared.type === 'failure') throw new Error(prepared.errors.map(error => error.message).join('; '))
}

function evaluate(policy: Loaded, request: AuthorizationRequest, identity: GsiIdentity): Verdict {
  const answer = cedar.statefulIsAuthorized({
    principal: { type: 'Person', id: identity.subject },
    action: { type: 'Action', id: request.action },
    resource: resourceOf(request),
    context: contextOf(request),
    entities: entitiesOf(request, identity),
    preparsedPolicySetId: request.parametersFollow ? policy.early : policy.all,
    validateRequest: false,
  })
  if (answer.type === 'failure') throw new Error(answer.errors.map(error => error.message).join('; '))
  const { decision, diagnostics } = answer.response
  const effectOf = (name: string) => policy.rules.get(name)?.effect
  const broken = diagnostics.errors.find(error => effectOf(error.policyId) === 'forbid')
  if (broken !== undefined)
    return { effect: 'deny', rule: `"${broken.policyId}" cannot be evaluated (${broken.error.message})` }
  const [reason] = diagnostics.reason
  if (decision === 'deny' && reason !== undefined) return { effect: 'deny', rule: `"${reason}" forbids it` }
  if (request.instance !== undefined || request.action.startsWith('instance.'))
    return { effect: 'abstain', rule: 'no rule forbids it' }
  if (decision === 'allow') return { effect: 'permit', rule: `"${reason ?? ''}" permits it` }
  return { effect: 'abstain', rule: 'no rule permits it' }
}

function resourceOf({ instance, service }: AuthorizationRequest): { type: string; id: string } {
  if (instance !== undefined) return { type: 'Instance', id: instance.id }
  return service === undefined ? { type: 'Container', id: 'container' } : { type: 'Application', id: service }
}

function contextOf({ parameters, parametersFollow }: AuthorizationRequest): Record<string, CedarValueJson> {
  const now = new Date(wallClock())
  const context: Record<string, CedarValueJson> = {
    now: extension('datetime', now.toISOString()),
    hour: now.getUTCHours(),
    // Monday is 1, as ISO 8601 counts.
    weekday: now.getUTCDay() === 0 ? 7 : now.getUTCDay(),
  }
  if (parametersFollow) return context
  const { options = {}, ...rest } = (typeof parameters === 'object' ? (parameters ?? {}) : {}) as Record<string, object>
  return { ...context, parameters: policyRecord(rest), options: policyRecord(options) }
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
      attributes: Object.fromEntries(generic.map(({ name, value }) => [name, value])),
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

const groupsOf = (action: Action): string[] => [
  action.replace(/\..*$/, ''),
  ...(/\.(read|list)$/.test(action) ? ['read'] : []),
]
