import type { DraftValue } from '../draft.ts'

/**
 * What a test can expect of a text in another run: a line with letters and without what changes from run to run (numbers,
 * dates, paths); else that it is not empty. Undefined for an empty text. Pure.
 */
export function expectedOf(text: string): DraftValue | undefined {
  if (text === '') return undefined
  const steady = text
    .split(/\r?\n|\r/)
    .map(line => line.trim())
    .find(line => line.length >= 6 && line.length <= 80 && /[A-Za-z]{3}/.test(line) && !/[\d/\\:\p{Cc}]/u.test(line))
  return steady === undefined ? { size: '1B..' } : { contains: steady }
}
