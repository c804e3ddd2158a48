import cedar, { type PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import { didYouMean } from '../../core/did-you-mean.ts'
import { actionNames } from '../actions.ts'

/** One rule of a policy file. */
export interface PolicyRule {
  /** Its `@id`, or where it stands. */
  readonly name: string
  readonly effect: 'permit' | 'forbid'
  readonly text: string
  /** What it says without its conditions on parameters; undefined when it has none. */
  readonly withoutParameters: string | undefined
  /** Applications that it names. */
  readonly applications: readonly string[]
}

/** Things that rules may speak of; what is misspelt would silently never hold. */
const entityTypes = ['Person', 'Fqan', 'Action', 'Container', 'Application', 'Instance']
export const actionGroups = ['container', 'service', 'instance', 'credential', 'read'] as const
const contextNames = ['now', 'hour', 'weekday', 'parameters', 'options']
const principalNames = ['name', 'issuer', 'proxy', 'fqans', 'attributes']
const resourceNames = ['name', 'owner', 'application', 'shared']
const mostRules = 2000

/**
 * Reads a policy file in the Cedar language. Throws an Error that names line and way out: also for a word that means
 * nothing here, because a `forbid` that speaks of it would never forbid.
 */
export function readPolicy(source: string): readonly PolicyRule[] {
  const whole = cedar.checkParsePolicySet({ staticPolicies: source })
  if (whole.type === 'failure') throw new Error(whole.errors.map(error => describe(error, source)).join('; '))
  const parts = cedar.policySetTextToParts(source)
  if (parts.type === 'failure') throw new Error(parts.errors.map(error => describe(error, source)).join('; '))
  if (parts.policy_templates.length > 0) throw new Error('Templates (?principal, ?resource) mean nothing here.')
  if (parts.policies.length > mostRules) throw new Error(`It has more than ${mostRules} rules.`)
  let from = 0
  const names = new Set<string>()
  return parts.policies.map((text, index) => {
    const at = Math.max(source.indexOf(text, from), from)
    from = at + 1
    const rule = readRule(text, `line ${lineAt(source, at)}, rule ${index + 1}`)
    if (names.has(rule.name)) throw new Error(`Two rules are called "${rule.name}".`)
    names.add(rule.name)
    return rule
  })
}

interface SourceError {
  readonly message: string
  readonly sourceLocations?: readonly { readonly start: number; readonly label?: string | null }[] | null
}

function describe({ message, sourceLocations }: SourceError, source: string): string {
  const [place] = sourceLocations ?? []
  if (place === undefined) return message
  return `line ${lineAt(source, place.start)}: ${message}${place.label ? ` (${place.label})` : ''}`
}

const lineAt = (source: string, at: number): number => source.slice(0, at).split('\n').length

function readRule(text: string, where: string): PolicyRule {
  const read = cedar.policyToJson(text)
  if (read.type === 'failure') throw new Error(`${where}: ${read.errors.map(error => error.message).join('; ')}`)
  const { effect, annotations, ...body } = read.json
  const found = { parameters: false, applications: new Set<string>() }
  look(body, where, found)
  const conditions = read.json.conditions.filter(condition => {
    const here = { parameters: false, applications: new Set<string>() }
    look(condition, where, here)
    return !here.parameters
  })
  return {
    name: annotations?.['id'] ?? where,
    effect,
    text,
    withoutParameters: found.parameters ? relaxed({ ...read.json, conditions }, where) : undefined,
    applications: [...found.applications],
  }
}

function relaxed(json: PolicyJson, where: string): string {
  const written = cedar.policyToText(json)
  if (written.type === 'failure') throw new Error(`${where}: ${written.errors.map(error => error.message).join('; ')}`)
  return written.text
}

/** Goes through a rule's syntax tree: every entity and every attribute must be one that there is. */
function look(node: unknown, where: string, found: { parameters: boolean; applications: Set<string> }): void {
  if (Array.isArray(node)) for (const part of node) look(part, where, found)
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return
  const { type, id, left, attr, entity_type: isType } = node as Readonly<Record<string, unknown>>
  if (typeof type === 'string' && typeof id === 'string') lookAtEntity(type, id, where, found)
  if (typeof isType === 'string') known(isType, entityTypes, 'entity type', where)
  if (typeof attr === 'string' && typeof left === 'object' && left !== null && 'Var' in left)
    lookAtAttribute(String(left.Var), attr, where, found)
  for (const part of Object.values(node)) look(part, where, found)
}

function lookAtEntity(type: string, id: string, where: string, found: { applications: Set<string> }): void {
  known(type, entityTypes, 'entity type', where)
  if (type === 'Action') known(id, [...actionNames, ...actionGroups], 'action', where)
  if (type === 'Application') found.applications.add(id)
}

function lookAtAttribute(of: string, attribute: string, where: string, found: { parameters: boolean }): void {
  if (of === 'principal') known(attribute, principalNames, 'attribute of principal', where)
  if (of === 'resource') known(attribute, resourceNames, 'attribute of resource', where)
  if (of !== 'context') return
  known(attribute, contextNames, 'attribute of context', where)
  if (attribute === 'parameters' || attribute === 'options') found.parameters = true
}

function known(word: string, words: readonly string[], what: string, where: string): void {
  if (words.includes(word)) return
  const meant = didYouMean(word, words)
  throw new Error(
    `${where}: there is no ${what} "${word}"${meant === undefined ? `; there are: ${words.join(', ')}` : `; did you mean "${meant}"?`}.`,
  )
}
