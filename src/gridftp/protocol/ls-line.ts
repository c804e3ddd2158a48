import type { ListedFile } from './facts.ts'

/**
 * Reads a line of LIST in the form of `ls -l`, which is what nearly all servers answer that have no listing for machines
 * (draft-ietf-ftpext-mlst, appendix). undefined for what is none, as the line of the total. Times are left out: they have
 * no zone.
 */
export function readLsLine(line: string): ListedFile | undefined {
  const [, type, size, name] =
    /^([-dlbcps])[-rwxsStT]{9}[.+@]? +\d+ +\S+ +\S+ +(\d{1,16}) +[A-Za-z]{3} +\d{1,2} +[\d:]{4,5} (.+)$/.exec(line) ??
    []
  if (type === undefined || name === undefined) return undefined
  const link = type === 'l' ? name.slice(name.indexOf(' -> ') + 4) : undefined
  return {
    name: link === undefined ? name : name.slice(0, name.indexOf(' -> ')),
    kind: type === '-' ? 'file' : type === 'd' ? 'directory' : 'other',
    size: type === '-' ? Number(size) : undefined,
    modified: undefined,
    isSelf: name === '.' || name === '..',
    link,
    facts: new Map(),
  }
}
