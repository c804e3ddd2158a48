import { readdirSync, readFileSync } from 'node:fs'

/** Live processes that carry the cookie of an attempt, or are the wrapper of one, of these instances. */
export function processesOf(
  ids: ReadonlySet<string>,
): readonly { readonly pid: number; readonly attempt: string; readonly command: string }[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      const environment = read(`/proc/${name}/environ`).split('\0')
      const attempt = environment.find(entry => /^GRIDWRAP_(ATTEMPT|WRAPPER)=/.test(entry))?.replace(/^.*=/, '') ?? ''
      if (!ids.has(attempt.split('.')[0] ?? '')) return []
      return [{ pid: Number(name), attempt, command: read(`/proc/${name}/cmdline`).replaceAll('\0', ' ') }]
    })
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
