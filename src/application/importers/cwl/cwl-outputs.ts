import { isSafePath, isSafePattern } from '../../file-names.ts'
import type { DraftFields } from '../draft.ts'
import type { DraftNames } from '../draft-names.ts'
import { inLine } from '../draft-text.ts'
import type { CwlMap, CwlParameter } from './cwl-document.ts'
import type { CwlScope } from './cwl-scope.ts'
import { isMap, readCwlType } from './cwl-type.ts'

/** The names that outputs have, as texts of the document. */
export function globsOf({ fields }: CwlParameter): readonly unknown[] {
  const binding = fields['outputBinding']
  const glob = isMap(binding) ? binding['glob'] : undefined
  return glob === undefined ? [] : Array.isArray(glob) ? glob : [glob]
}

/** What a description says of the outputs; those that it cannot are noted. */
export function draftOutputs(
  outputs: readonly CwlParameter[],
  tool: CwlMap,
  scope: CwlScope,
  names: DraftNames,
  written: readonly string[],
): Readonly<Record<string, DraftFields>> {
  const streams = Object.fromEntries(
    (['stdout', 'stderr'] as const).flatMap(stream => {
      const name = tool[stream]
      const text = typeof name === 'string' ? safely(() => scope.fixedText(name, stream)) : undefined
      return text === undefined ? [] : [[text, stream] as const]
    }),
  )
  const drafts = outputs.flatMap((output): readonly (readonly [string, DraftFields])[] => {
    const found = whereFrom(output, streams, scope)
    const isWritten = typeof found !== 'string' && written.includes(String(found['file']))
    const where = isWritten ? 'it is a file that is written for the run' : found
    if (typeof where === 'string') {
      scope.notes.push(`The output ${output.id} is left out: ${where}.`)
      return []
    }
    const type = readCwlType(output.fields['type'])
    const beside = filesBeside(output, where)
    const help = [output.fields['label'], output.fields['doc']]
      .flat()
      .filter(one => typeof one === 'string' && one !== '')
    return [
      [
        names.take(output.id),
        {
          ...where,
          ...(type?.optional === true ? { optional: true } : {}),
          help: help.length === 0 ? undefined : inLine(help.join('. '), 900),
        },
      ],
      ...(beside === undefined ? [] : [[names.take(`${output.id}_files`), beside] as const]),
    ]
  })
  return Object.fromEntries(drafts)
}

/** Files beside an output, by names made of its own: its index, say. */
function filesBeside({ fields }: CwlParameter, where: DraftFields): DraftFields | undefined {
  const { file } = where
  if (fields['secondaryFiles'] === undefined || typeof file !== 'string') return undefined
  const stem = file.replace(/\.[^./]*$/, '')
  return { files: `${stem}*`, optional: true, help: 'It, and the files beside it' }
}

/** Where an output comes from, or why it cannot be said. */
function whereFrom(
  output: CwlParameter,
  streams: Readonly<Record<string, string>>,
  scope: CwlScope,
): DraftFields | string {
  const { type } = output.fields
  if (type === 'stdout' || type === 'stderr') return { file: type }
  const { base = 'record', array = false } = readCwlType(type) ?? {}
  if (base !== 'File' && base !== 'Directory') return 'it is a value that an expression computes'
  const globs = globsOf(output)
  if (globs.length === 0) return 'it does not say which files it is'
  if (globs.length > 1) return 'it is files of several patterns; give each an output of its own'
  const glob = safely(() => scope.pattern(globs[0], `outputs.${output.id}.glob`))
  if (glob === undefined) return 'its name is computed'
  const stream = streams[glob]
  if (stream !== undefined) return { file: stream }
  const name = glob.replace(/^\.\//, '').replace(/\/$/, '')
  if (base === 'Directory' && isSafePath(name)) return { directory: name }
  if (isSafePath(name) && !array) return { file: name }
  if (isSafePattern(name)) return { files: name }
  if (isSafePath(name)) return { files: `${name.slice(0, -1)}?` }
  return `"${glob}" is no pattern of names in the working directory`
}

function safely<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
