import { matchesPath } from '../core/name-pattern.ts'
import { namesIn } from './command-check.ts'
import type { Problems } from './description-error.ts'
import type { Fields } from './description-fields.ts'
import type { PlacedInput } from './description-inputs.ts'
import type { PlacedOutput } from './description-outputs.ts'
import type { Application, FileTemplate, TemplateWord } from './model.ts'
import { nameKey, shortened } from './names.ts'

/** Inputs and outputs share their names: a template means one thing by `{x}`, and stubs hold both. */
export function checkNames(inputs: readonly PlacedInput[], outputs: readonly PlacedOutput[], problems: Problems): void {
  const seen = new Map<string, string>()
  const all = [
    ...inputs.map(({ input, place }) => ({ name: input.name, place })),
    ...outputs.map(({ output, place }) => ({ name: output.name, place })),
  ]
  for (const { name, place } of all) {
    const other = seen.get(nameKey(name))
    if (other !== undefined) {
      const how =
        other === name
          ? 'is there twice, as an input and as an output'
          : `differs from "${shortened(other)}" only in case or _`
      problems.add(place, `the name "${shortened(name)}" ${how}`, 'give one of them another name')
    }
    seen.set(nameKey(name), name)
  }
}

/** Whether every input is used, and no two files of a run have one name. */
export function checkUses(
  application: Application,
  inputs: readonly PlacedInput[],
  outputs: readonly PlacedOutput[],
  top: Fields,
): void {
  const used = usedNames(application)
  for (const { input, place } of inputs) {
    // A file that has a name of its own may be used by lying there: an index beside what the command names.
    if (!used.has(input.name) && input.fileName === undefined && input.isCheckpoint !== true)
      top.problems.add(
        place,
        `inputs.${shortened(input.name)} is used nowhere`,
        `write {${shortened(input.name)}} in the command, a file or stdin`,
      )
  }
  const owners = new Map<string, string>()
  const claim = (name: string, owner: string): string | undefined => {
    const other = owners.get(name)
    if (other === undefined) owners.set(name, owner)
    return other
  }
  for (const file of application.files) {
    const other = claim(file.name, `the file ${file.name}`)
    if (other !== undefined) top.report('files', `"${shortened(file.name)}" is there twice`)
  }
  for (const { output, place } of outputs) {
    if (output.source.kind !== 'file' && output.source.kind !== 'directory') continue
    const other = claim(output.source.name, `the output ${output.name}`)
    if (other !== undefined && !other.startsWith('the output'))
      top.problems.add(
        place,
        `outputs.${output.name}: ${output.source.name} is ${other} already`,
        'give the output another file',
      )
  }
  for (const { input, place } of inputs) {
    if (input.fileName === undefined || input.fileName.startsWith('*')) continue
    const name = input.fileName
    const other = claim(name, `the input ${input.name}`)
    const pattern = outputs.find(
      ({ output }) => output.source.kind === 'files' && matchesPath(output.source.pattern, name),
    )
    if (other !== undefined)
      top.problems.add(place, `inputs.${input.name}.name: ${name} is ${other} already`, 'give the input another name')
    else if (pattern !== undefined)
      top.problems.add(
        place,
        `inputs.${input.name}.name: ${name} would be taken for the output ${pattern.output.name}`,
        'give the input another name',
      )
  }
}

function usedNames(application: Application): Set<string> {
  const restart = application.checkpoint?.restart ?? []
  const used = new Set([...namesIn(application.command), ...namesIn(restart)])
  const conditions = (words: readonly TemplateWord[]): void => {
    for (const word of words) {
      if (word.kind === 'word') continue
      if (word.when !== undefined) used.add(word.when.input)
      conditions(word.words)
    }
  }
  conditions([...application.command, ...restart])
  const template = ({ lines }: FileTemplate): void => {
    for (const { when, parts } of lines) {
      if (when !== undefined) used.add(when.input)
      for (const part of parts) if (part.kind === 'value') used.add(part.name)
    }
  }
  if (application.stdin !== undefined) template(application.stdin)
  if (application.stdinFrom !== undefined) used.add(application.stdinFrom)
  for (const file of application.files) if (file.kind === 'written') template(file.template)
  for (const input of application.inputs) if (input.when !== undefined) used.add(input.when.input)
  return used
}
