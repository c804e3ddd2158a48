import { readDescription } from '../../../src/application/description.ts'
import { DescriptionError, type DescriptionProblem } from '../../../src/application/description-error.ts'
import type { Application } from '../../../src/application/model.ts'

/** A description with the head that every one has; the body is its lines from `command` on. */
export const described = (body: string): string => `gridwrap: 1\nname: sample\ntitle: A sample\n${body}\n`

export const applicationOf = (body: string): Application => readDescription(described(body), 'application.yaml')

/** Everything that is wrong with a description; empty when nothing is. Anything but a DescriptionError passes through. */
export function problemsOf(text: string): readonly DescriptionProblem[] {
  try {
    readDescription(text, 'application.yaml')
    return []
  } catch (error) {
    if (error instanceof DescriptionError) return error.problems
    throw error
  }
}

/** How many cases a property is tried with; more in a campaign. */
export const fuzzCases = Number(process.env['FUZZ_CASES'] ?? 500)
