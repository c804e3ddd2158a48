import { Document, isMap, isScalar, type Node, Scalar } from 'yaml'
import type { Draft, DraftFields, DraftValue } from './draft.ts'

/** Longer than this, keys get a line each. */
const longestLine = 110

/** Writes a draft as a description. What could not be carried over stands in comments at its head. */
export function writeDraft(draft: Draft, madeFrom: string): string {
  const { versionCommand, environment, notes, ...rest } = draft
  const keys: Record<string, unknown> = { gridwrap: 1 }
  for (const key of [
    ...['name', 'title', 'version', 'description', 'homepage', 'cite', 'keywords'],
    'command',
    'library',
  ] as const)
    if (rest[key] !== undefined) keys[key] = rest[key]
  if (versionCommand !== undefined) keys['version-command'] = versionCommand
  for (const [key, value] of Object.entries({ stdin: rest.stdin, environment, files: rest.files }))
    if (value !== undefined && Object.keys(value as object).length > 0) keys[key] = value
  for (const [key, map] of Object.entries({ inputs: rest.inputs, outputs: rest.outputs }))
    if (Object.keys(map).length > 0)
      keys[key] = Object.fromEntries(Object.entries(map).map(([k, v]) => [k, compact(v)]))
  for (const key of ['session', 'operations', 'rules', 'exit', 'watch', 'limits', 'tests'] as const) {
    const value = rest[key]
    if (value !== undefined && Object.keys(value).length > 0) keys[key] = value
  }
  if (rest.network === true) keys['network'] = true
  const document = new Document(keys, { version: '1.2', aliasDuplicateObjects: false })
  document.commentBefore = [
    ` Made from ${madeFrom}. Look it over; it is yours now.`,
    ...notes.map(note => ` Note: ${note}`),
  ].join('\n')
  for (const key of Object.keys(keys))
    shape(document.get(key, true) as Node, key === 'description' || key === 'command')
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}

/** Without what is not said; only a type, or only a file, is written short. */
function compact(fields: DraftFields): DraftValue {
  const said = Object.entries(fields).filter((entry): entry is [string, DraftValue] => entry[1] !== undefined)
  const [first] = said
  return said.length === 1 && (first?.[0] === 'type' || first?.[0] === 'file') ? first[1] : Object.fromEntries(said)
}

function shape(node: Node, isBlock: boolean): void {
  if (isScalar(node)) {
    if (typeof node.value !== 'string') return
    if ((isBlock || node.value.endsWith('\n')) && node.value.includes('\n')) node.type = Scalar.BLOCK_LITERAL
    // A backslash means itself in single quotes only.
    else if (/[\\"]/.test(node.value)) node.type = Scalar.QUOTE_SINGLE
    return
  }
  const items: readonly unknown[] = (node as { items?: readonly unknown[] }).items ?? []
  const inside = items.flatMap(one => (isMap(node) ? [(one as { value: Node }).value] : [one as Node]))
  for (const one of inside) {
    shape(one, false)
    const length = JSON.stringify(one.toJSON()).length
    if (!isScalar(one) && length < longestLine) (one as { flow?: boolean }).flow = true
  }
}
