import { type MakeSnippet, shellWord } from './snippet.ts'
import type { ExampleInput, ExampleValue } from './subject.ts'

export const commandLine: MakeSnippet = ({ url, inputs }) => ({
  language: 'gridwrap',
  title: 'gridwrap',
  needs: 'gridwrap',
  commands: [`gridwrap run ${[shellWord(url), ...inputs.flatMap(words)].join(' ')} --out result`],
})

const words = ({ name, values }: ExampleInput): readonly string[] =>
  values.map(value => `${name}=${shellWord(said(value))}`)

function said(value: ExampleValue): string {
  switch (value.kind) {
    case 'boolean':
      return String(value.value)
    case 'inline':
      return `text:${value.text}`
    case 'file':
      return value.name
    default:
      return value.text
  }
}
