import { matchesPath } from '../core/name-pattern.ts'
import type { Application, Output } from './model.ts'

/** What in the work directory, or which stream, makes an output. */
export type OutputFile = { readonly output: string; readonly optional: boolean } & (
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'stream'; readonly stream: 'stdout' | 'stderr' }
  | { readonly kind: 'files'; readonly pattern: string; readonly matches: (path: string) => boolean }
  | { readonly kind: 'directory'; readonly name: string }
)

/**
 * The files that make each output; values read out of them are not among these. What a pattern matches of the run's own
 * input, written and copied files is no output: the caller leaves those out.
 */
export const outputFiles = (application: Application): OutputFile[] =>
  application.outputs.map(filesOf).filter(file => file !== undefined)

function filesOf({ name, optional, source }: Output): OutputFile | undefined {
  const common = { output: name, optional }
  switch (source.kind) {
    case 'file':
    case 'directory':
      return { ...common, kind: source.kind, name: source.name }
    case 'stream':
      return { ...common, kind: 'stream', stream: source.stream }
    case 'files':
      return {
        ...common,
        kind: 'files',
        pattern: source.pattern,
        matches: path => matchesPath(source.pattern, path),
      }
    case 'value':
      return undefined
  }
}
