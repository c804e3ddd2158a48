import { execFile } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { run } from '../integration/cli/command.ts'
import type { DataSite } from './data-site.ts'

/** How a client ended, and what it said on standard error. */
interface Ended {
  readonly code: number | null
  readonly said: string
}

/** `gridwrap cp` of Alice's, in the site's folder. */
export async function gridwrapCopy(site: DataSite, ...words: readonly string[]): Promise<Ended> {
  const env = { ...site.environment, PATH: process.env['PATH'] ?? '' }
  const { code, stderr } = await run(['cp', ...words], { env, cwd: site.folder })
  return { code, said: stderr }
}

/** `globus-url-copy` of Alice's. */
export const globusUrlCopy = (site: DataSite, ...words: readonly string[]): Promise<Ended> =>
  new Promise(resolve => {
    const env = { ...process.env, ...site.environment }
    const child = execFile('globus-url-copy', words, { env, timeout: 60_000 }, (_error, _out, said) =>
      resolve({ code: child.exitCode, said }),
    )
  })

/** The option for so many connections; both clients know it. */
export const streamsOf = (streams: number): readonly string[] => (streams === 1 ? [] : ['-p', String(streams)])

/** Names of files that are not whole: those of our server, or of `gridwrap cp`. */
export const unfinished = (folder: string, ending: '.gridftp-part' | '.gridwrap-part'): readonly string[] =>
  readdirSync(folder).filter(name => name.endsWith(ending))

/** Waits until a file that is not whole has so many bytes; answers how many it has, whenever asked. */
export async function untilComing(...[folder, ending, bytes]: [...Parameters<typeof unfinished>, number]) {
  const size = (): number =>
    Math.max(
      0,
      ...unfinished(folder, ending).map(name => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    )
  await expect.poll(size, { interval: 5, timeout: 30_000 }).toBeGreaterThan(bytes)
  return size
}
