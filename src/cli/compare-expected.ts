import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Expectation, Value } from '../application/model.ts'
import type { StoredFile } from '../application/stored-results.ts'

/** How an output differs from what a test expects of it; nothing when it does not. Files lie in `folder`. */
export async function compareExpected(
  name: string,
  expected: Expectation,
  values: readonly Value[] | undefined,
  files: readonly StoredFile[] | undefined,
  folder: string,
): Promise<readonly string[]> {
  if (values !== undefined) return compareValue(name, expected, values)
  const [file] = files ?? []
  if (file === undefined) return [`${name}: there is no such output`]
  const { size, contains } = expected
  if (size !== undefined && (file.size < (size.min ?? 0) || file.size > (size.max ?? Number.POSITIVE_INFINITY)))
    return [`${name}: has ${file.size} bytes`]
  if (contains === undefined) return []
  const text = await readFile(join(folder, file.name), 'utf8')
  return text.includes(contains) ? [] : [`${name}: does not contain ${JSON.stringify(contains)}`]
}

function compareValue(
  name: string,
  { equals, near, within = 0, contains }: Expectation,
  [first]: readonly Value[],
): readonly string[] {
  if (near !== undefined && !(Math.abs(Number(first) - near) <= within))
    return [`${name} = ${String(first)}; expected ${near} within ${within}`]
  if (equals !== undefined && String(first) !== String(equals))
    return [`${name} = ${String(first)}; expected ${String(equals)}`]
  if (contains !== undefined && !String(first).includes(contains))
    return [`${name} = ${JSON.stringify(String(first))}; does not contain ${JSON.stringify(contains)}`]
  return []
}
