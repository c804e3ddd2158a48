import { GridwrapError } from '../../core/errors.ts'

/**
 * The normal, absolute path of what a client named, from where it is: without `.`, `..`, `//`, never above the root; `~` is
 * home. Throws GridwrapError (`denied`) for what is no path.
 */
export function resolvePath(text: string, directory: string, home: string): string {
  if (text.length > 8192) throw new GridwrapError('denied', 'The path is too long.')
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new GridwrapError('denied', 'A path holds no control characters.')
  const expanded = /^\/?~(?=\/|$)/.test(text) ? `${home}/${text.replace(/^\/?~/, '')}` : text
  const names: string[] = []
  for (const name of (expanded.startsWith('/') ? expanded : `${directory}/${expanded}`).split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return `/${names.join('/')}`
}
