import type { TemplateProblem } from './command-template.ts'
import type { ScalarNode } from './description-document.ts'
import type { Place } from './description-error.ts'
import type { Fields } from './description-fields.ts'

/** Names the column of the template, and the place in the file where the template stands there as it is. */
export function reportTemplate(
  fields: Fields,
  key: string,
  node: ScalarNode,
  problems: readonly TemplateProblem[],
): void {
  for (const { column, message, hint } of problems) {
    const place: Place =
      node.verbatim === undefined ? node.place : { line: node.verbatim.line, column: node.verbatim.column + column - 1 }
    fields.problems.add(place, `${fields.name(key)}, column ${column}: ${message}`, hint)
  }
}
