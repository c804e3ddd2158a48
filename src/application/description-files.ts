import type { TemplateScope } from './command-check.ts'
import type { Entry, Node, ScalarNode } from './description-document.ts'
import type { Place } from './description-error.ts'
import { Fields, trapOf } from './description-fields.ts'
import { isSafePath } from './file-names.ts'
import { parseFileTemplate } from './file-template.ts'
import type { FileTemplate, ShippedFile } from './model.ts'
import { shortened } from './names.ts'

const quotes = ['none', 'fortran', 'json', 'xml'] as const
const mostFiles = 200
const largestTemplate = 128 * 1024

/** `[melt.in, {swarp.conf: text}, {run.nml: {template: text, quote: fortran}}]` */
export function readFiles(top: Fields, scope: TemplateScope): ShippedFile[] {
  const list = top.list('files')
  if (list === undefined) return []
  if (list.items.length > mostFiles) top.report('files', `${list.items.length} files; at most ${mostFiles} are taken`)
  return list.items.slice(0, mostFiles).flatMap((item): ShippedFile[] => {
    if (item.kind === 'scalar' && item.value !== null) {
      checkName(top, item.text, item.place)
      return [{ kind: 'copy', name: item.text }]
    }
    const entry: Entry | undefined = item.kind === 'map' && item.entries.length === 1 ? item.entries[0] : undefined
    if (entry === undefined) {
      top.problems.add(
        item.place,
        'files: the name of a file beside the description, or one NAME: | with its text, is wanted here',
        'begin every file with "- "',
      )
      return []
    }
    checkName(top, entry.key, entry.place)
    const path = `files.${shortened(entry.key)}`
    const template = readFileTemplate(
      new Fields(asTemplate(entry.value, entry.place), path, top.problems, ['template', 'quote']),
      'template',
      path,
      scope,
    )
    return template === undefined ? [] : [{ kind: 'written', name: entry.key, template }]
  })
}

/** What the program reads on standard input: a text with values, `{template: ..., quote: ...}`, or `{from: FILE INPUT}`. */
export function readStdin(
  top: Fields,
  scope: TemplateScope,
): { stdin: FileTemplate | undefined; stdinFrom: string | undefined } {
  const node = top.node('stdin')
  const none = { stdin: undefined, stdinFrom: undefined }
  if (node === undefined) return none
  const fields = new Fields(asTemplate(node, top.placeOf('stdin')), 'stdin', top.problems, [
    'template',
    'quote',
    'from',
  ])
  if (!fields.has('from')) return { stdin: readFileTemplate(fields, 'template', 'stdin', scope), stdinFrom: undefined }
  if (fields.has('template') || fields.has('quote'))
    fields.report('from', 'from and template do not go together', 'keep one of them')
  const from = fields.text('from', { max: 100 })
  const input = from === undefined ? undefined : scope.inputs.get(from)
  if (from === undefined) return none
  if (input?.type !== 'file' || input.many !== undefined) {
    fields.report(
      'from',
      `"${shortened(from)}" is not an input of one file`,
      `write for example stdin: {from: deck} and inputs: {deck: file}; a text with values is stdin: '...'`,
    )
    return none
  }
  return { stdin: undefined, stdinFrom: from }
}

const asTemplate = (node: Node, place: Place) =>
  node.kind === 'map'
    ? node
    : ({ kind: 'map', place, flow: true, entries: [{ key: 'template', place, value: node, bare: false }] } as const)

function checkName(top: Fields, name: string, place: Place): void {
  if (!isSafePath(name))
    top.problems.add(
      place,
      `files: "${shortened(name)}" is no file name`,
      'a relative name: letters, digits and . _ + - in it, beginning with a letter, a digit or _',
    )
}

/** The text of a file with values in it. */
export function readFileTemplate(
  fields: Fields,
  key: string,
  path: string,
  scope: TemplateScope,
): FileTemplate | undefined {
  const node = fields.node(key)
  const quote = fields.choice('quote', quotes) ?? 'none'
  if (node === undefined)
    return fields.report(key, 'the text of the file is missing', 'write template: | and the lines below, further in')
  if (node.kind !== 'scalar')
    return fields.report(key, 'a text is wanted here', trapOf(node) ?? 'write | and the lines below, further in')
  const text = fields.text(key, { max: largestTemplate, multiline: true })
  if (text === undefined) return undefined
  const { template, problems } = parseFileTemplate(text, quote, scope)
  for (const { line, column, message, hint } of problems)
    fields.problems.add(placeIn(node, line, column), `${path}, line ${line}: ${message}`, hint)
  return template
}

function placeIn(node: ScalarNode, line: number, column: number): Place {
  if (node.block !== undefined) return { line: node.block.line + line - 1, column: node.block.column + column - 1 }
  return node.verbatim === undefined
    ? node.place
    : { line: node.verbatim.line, column: node.verbatim.column + column - 1 }
}
