import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TemplateWord } from '../application/model.ts'
import type { DescriptionFolder } from '../factory/register-application.ts'

/** Files beside a description that its command names and that are not under `files`: where it runs they will not be. */
export function unshippedFiles({ application, directory }: DescriptionFolder): readonly string[] {
  const shipped = new Set(application.files.map(({ name }) => name))
  const made = new Set([...application.inputs, ...application.outputs].map(({ name }) => name))
  return [...new Set(application.command.flatMap(literals))].filter(
    word =>
      /^[^/]+$/.test(word) &&
      !/^\.\.?$/.test(word) &&
      !shipped.has(word) &&
      !made.has(word) &&
      existsSync(join(directory, word)),
  )
}

function literals(word: TemplateWord): readonly string[] {
  if (word.kind === 'group') return word.words.flatMap(literals)
  const [part, ...more] = word.parts
  return part?.kind === 'literal' && more.length === 0 ? [part.text] : []
}
