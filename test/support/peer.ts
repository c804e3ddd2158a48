import { delimiter, join } from 'node:path'
import { isExecutable } from '../../src/files/is-executable.ts'

/**
 * Whether a foreign program that a test talks to is installed. Where it is not, the test is skipped, loudly; in CI
 * (`CI` is set) that is a failure, so that no interoperability is lost without anybody noticing.
 */
export const needs = (program: string): boolean =>
  isInstalled(program) ||
  missing(`The program "${program}" is not installed, and a test needs it; see CONTRIBUTING.md.`)

export const isInstalled = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some(folder => isExecutable(join(folder, program)))

/** What a test needs and does not find: said loudly, and in CI an error. False, for whoever skips the test then. */
export function missing(message: string): false {
  if (process.env['CI'] !== undefined && process.env['CI'] !== '') throw new Error(message)
  console.warn(`SKIPPED: ${message}`)
  return false
}
