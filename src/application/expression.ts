import { RE2JS } from 're2js'

const longest = 1000
const largestProgram = 5000
const kept = new Map<string, RE2JS>()

/** An expression that is matched in time linear in the text (RE2 syntax: no lookaround, no back references). */
export type Expression = RE2JS

/** Compiles an expression that `expressionProblem` has found good. Throws on one that it would refuse. */
export function compileExpression(source: string): Expression {
  const known = kept.get(source)
  if (known !== undefined) return known
  const compiled = RE2JS.compile(source)
  if (kept.size >= 1000) kept.clear()
  kept.set(source, compiled)
  return compiled
}

/** What is wrong with an expression and what to write instead; undefined when it is good. */
export function expressionProblem(source: string): string | undefined {
  if (source.length > longest) return `the expression has ${source.length} characters; at most ${longest} are taken`
  try {
    const compiled = compileExpression(source)
    if (compiled.programSize() > largestProgram) return 'the expression is too large; repeat fewer times'
    return undefined
  } catch (error) {
    if (/\(\?<?[=!]/.test(source))
      return 'expressions look neither ahead nor behind (RE2 syntax); match the text around it'
    if (/(^|[^\\])(\\\\)*\\[1-9]/.test(source)) return 'expressions cannot refer back to a group (RE2 syntax)'
    const said = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'unreadable'
    return `the expression is not one of RE2's: ${said.slice(0, 200)}`
  }
}

/** The names of the groups of an expression, and how many groups there are in all. */
export function groupsOf(source: string): { readonly names: readonly string[]; readonly count: number } {
  const compiled = compileExpression(source)
  return { names: Object.keys(compiled.namedGroups()), count: compiled.groupCount() }
}
