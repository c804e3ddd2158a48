import cedar, { type Expr, type PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import { didYouMean } from '../../core/did-you-mean.ts'
import { normalSlash } from '../../gsi/normal-slash.ts'
import { normalFqan } from '../../gsi/voms/fqan.ts'
import { actionNames } from '../actions.ts'

/** One rule of a policy file. */
export interface PolicyRule {
  /** Its `@id`, or where it stands. */
  readonly name: string
  readonly effect: 'permit' | 'forbid'
  readonly text: string
  /** What it says without what it says of parameters; undefined when it says nothing of them. */
  readonly withoutParameters: string | undefined
  /** What it says of who is asking, and nothing of what they want. */
  readonly ofPrincipal: string
  /** The parameters and options of which it speaks. */
  readonly parameters: ReadonlySet<string>
  readonly options: ReadonlySet<string>
}

/** Things that rules may speak of; what is misspelt would silently never hold. */
const entityTypes = ['Person', 'Fqan', 'Action', 'Container', 'Application', 'Instance']
export const actionGroups = ['container', 'service', 'instance', 'registry', 'credential', 'read'] as const
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
  const { json } = read
  const { effect, annotations, ...body } = json
  const found = look(body, where)
  return {
    name: annotations?.['id'] ?? where,
    effect,
    text,
    withoutParameters: found.ofCall ? relaxed(json, where, ({ ofCall }) => ofCall) : undefined,
    ofPrincipal: relaxed(
      { ...json, action: { op: 'All' }, resource: { op: 'All' } },
      where,
      ({ ofCall, wants }) => wants || ofCall,
    ),
    parameters: found.parameters,
    options: found.options,
  }
}

/** The rule as if those parts of its conditions held that are about something else: it then holds at least as often. */
function relaxed(json: PolicyJson, where: string, isElse: (found: Mentions) => boolean): string {
  const conditions = json.conditions.flatMap(({ kind, body }) => {
    // Only what must hold together can be taken apart; `unless` is one thing.
    const parts = kind === 'when' ? conjuncts(body) : [body]
    const kept = parts.filter(part => !isElse(look(part, where)))
    return kept.map(part => ({ kind, body: part }))
  })
  const written = cedar.policyToText({ ...json, conditions })
  if (written.type === 'failure') throw new Error(`${where}: ${written.errors.map(error => error.message).join('; ')}`)
  return written.text
}

function conjuncts(body: Expr): Expr[] {
  const and = '&&' in body ? body['&&'] : undefined
  return and !== undefined && 'left' in and ? [...conjuncts(and.left), ...conjuncts(and.right)] : [body]
}

/** What a part of a rule speaks of. */
interface Mentions {
  readonly parameters: Set<string>
  readonly options: Set<string>
  /** Of what a call brings along at all. */
  ofCall: boolean
  /** Of the action or the resource. */
  wants: boolean
}

/** Goes through a rule's syntax tree: every entity and every attribute must be one that there is. */
function look(tree: unknown, where: string): Mentions {
  const found: Mentions = { parameters: new Set(), options: new Set(), ofCall: false, wants: false }
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit)
    else if (typeof node === 'object' && node !== null) {
      lookAt(node as SyntaxNode, where, found)
      Object.values(node).forEach(visit)
    }
  }
  visit(tree)
  return found
}

interface SyntaxNode {
  readonly type?: unknown
  readonly id?: unknown
  readonly entity_type?: unknown
  readonly Var?: unknown
  readonly left?: SyntaxNode
  readonly attr?: unknown
  readonly '.'?: { readonly left?: SyntaxNode; readonly attr?: unknown }
}

function lookAt(node: SyntaxNode, where: string, found: Mentions): void {
  const { type, id, left, attr } = node
  if (node.Var === 'action' || node.Var === 'resource') found.wants = true
  if (typeof type === 'string' && typeof id === 'string') lookAtEntity(type, id, where)
  if (typeof node.entity_type === 'string') known(node.entity_type, entityTypes, 'entity type', where)
  if (typeof attr !== 'string') return
  if (typeof left?.Var === 'string') lookAtAttribute(left.Var, attr, where)
  if (left?.Var === 'context' && (attr === 'parameters' || attr === 'options')) found.ofCall = true
  const of = left?.['.']
  if (of?.left?.Var !== 'context') return
  if (of.attr === 'parameters') found.parameters.add(attr)
  if (of.attr === 'options') found.options.add(attr)
}

function lookAtEntity(type: string, id: string, where: string): void {
  known(type, entityTypes, 'entity type', where)
  if (type === 'Action') known(id, [...actionNames, ...actionGroups], 'action', where)
  const normal = type === 'Fqan' ? normalFqan(id) : type === 'Person' ? normalSlash(id) : id
  if (normal === id) return
  throw new Error(
    normal === undefined
      ? `${where}: "${id}" is no FQAN like /vo/group/Role=production.`
      : `${where}: nobody is called "${id}" here; write it as "${normal}".`,
  )
}

function lookAtAttribute(of: string, attribute: string, where: string): void {
  if (of === 'principal') known(attribute, principalNames, 'attribute of principal', where)
  if (of === 'resource') known(attribute, resourceNames, 'attribute of resource', where)
  if (of === 'context') known(attribute, contextNames, 'attribute of context', where)
}

function known(word: string, words: readonly string[], what: string, where: string): void {
  if (words.includes(word)) return
  const meant = didYouMean(word, words)
  throw new Error(
    `${where}: there is no ${what} "${word}"${meant === undefined ? `; there are: ${words.join(', ')}` : `; did you mean "${meant}"?`}.`,
  )
}
