import type { Node } from './description-document.ts'
import { Fields } from './description-fields.ts'
import { isSafePath, isSafePattern } from './file-names.ts'
import type { StateFiles } from './model.ts'

const mostStates = 20

/** Files of the work directory that a restart needs: a name, a pattern, `{directory: name}`, or a list of these. */
export function readStateFiles(fields: Fields, key: string): readonly StateFiles[] {
  const node = fields.node(key)
  if (node === undefined) return []
  const items = node.kind === 'list' ? node.items : [node]
  if (items.length > mostStates) fields.report(key, `${items.length} kinds of files; at most ${mostStates} are taken`)
  return items.slice(0, mostStates).flatMap(item => readOne(fields, key, item) ?? [])
}

function readOne(fields: Fields, key: string, item: Node): StateFiles | undefined {
  if (item.kind === 'map') {
    const name = new Fields(item, fields.name(key), fields.problems, ['directory']).text('directory', { max: 200 })
    if (name !== undefined && isSafePath(name)) return { kind: 'directory', name }
  } else if (item.kind === 'scalar' && item.value !== null) {
    if (isSafePath(item.text)) return { kind: 'file', name: item.text }
    if (isSafePattern(item.text)) return { kind: 'files', pattern: item.text }
  }
  fields.problems.add(
    item.place,
    `${fields.name(key)}: this names no files of the work directory`,
    "write a name, a pattern such as 'restart.*', or {directory: name}",
  )
  return undefined
}
