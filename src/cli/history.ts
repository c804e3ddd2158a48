import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { GridwrapError } from '../core/errors.ts'
import { isId } from '../core/ids.ts'
import { containerUrl } from './service-address.ts'
import { UsageError } from './terminal.ts'

/** A job that was made from this account: what `last`, labels and id prefixes are looked up in. */
export interface RememberedJob {
  readonly id: string
  readonly handle: string
  readonly service: string
  readonly label?: string
}

const file = (): string =>
  join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'gridwrap', 'jobs.jsonl')

/** Remembers a job. Not being able to is no reason to fail. */
export async function remember(job: RememberedJob): Promise<void> {
  try {
    await mkdir(dirname(file()), { recursive: true, mode: 0o700 })
    await appendFile(file(), `${JSON.stringify(job)}\n`, { mode: 0o600 })
  } catch {
    // A home that cannot be written to: the handle was printed.
  }
}

/** The jobs made from this account, the newest first. */
export async function rememberedJobs(): Promise<readonly RememberedJob[]> {
  const text = await readFile(file(), 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter(line => line !== '')
    .flatMap(line => {
      try {
        const job = JSON.parse(line) as RememberedJob
        return typeof job.id === 'string' && typeof job.handle === 'string' ? [job] : []
      } catch {
        return []
      }
    })
    .reverse()
}

/** The handle that a person means: a handle, an id or its beginning, a label, or `last`. */
export async function findHandle(word: string): Promise<string> {
  if (/^https:\/\//.test(word)) return word
  if (word === '') throw new UsageError('Name a job: a handle, an id or its beginning, a label, or last.')
  const jobs = await rememberedJobs()
  if (word === 'last') {
    const [last] = jobs
    if (last === undefined)
      throw new GridwrapError('not-found', 'No job was made from this account yet.', {
        hint: 'Give the handle of a job; gridwrap list SERVICE shows yours.',
      })
    return last.handle
  }
  const labelled = jobs.find(job => job.label === word)
  if (labelled !== undefined) return labelled.handle
  const found = [...new Set(jobs.filter(job => job.id.startsWith(word)).map(job => job.handle))]
  if (found.length > 1)
    throw new UsageError(
      `${found.length} jobs begin with ${word}; give more of the id:\n  ${found.slice(0, 5).join('\n  ')}${found.length > 5 ? '\n  …' : ''}`,
    )
  if (found[0] === undefined && isId(word)) return `${containerUrl()}/instances/${word}`
  if (found[0] === undefined)
    throw new GridwrapError('not-found', `No job made from this account is called ${word}.`, {
      hint: 'Give its handle (https://…/instances/…) or its whole id; gridwrap list SERVICE shows ids.',
    })
  return found[0]
}
