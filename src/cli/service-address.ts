import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from './terminal.ts'

/** Where services are looked for that are given by name only. Throws {@link UsageError}. */
export function containerUrl(): string {
  const url = process.env['GRIDWRAP_URL'] ?? 'https://localhost:8443'
  if (!/^https:\/\/[^/?#]/.test(url))
    throw new UsageError(`GRIDWRAP_URL is ${JSON.stringify(url)}; it must be an address like https://host:8443.`)
  return url.replace(/\/+$/, '')
}

/** Whether a name that no container knows is that of a folder here with a description. */
export const isFolderHere = async (word: string): Promise<boolean> =>
  !word.includes('/') && (await stat(join(word, 'application.yaml')).catch(() => undefined)) !== undefined

/** A service as a person names it: a folder here, an address, or a name at {@link containerUrl}. */
export async function findService(word: string): Promise<{ readonly folder: string } | { readonly url: string }> {
  if (/^https:\/\//.test(word)) return { url: word.replace(/\?.*$/, '').replace(/\/+$/, '') }
  const isPath = word.startsWith('.') || word.includes('/')
  const found = isPath ? await stat(word).catch(() => undefined) : undefined
  return found !== undefined || isPath
    ? { folder: word }
    : { url: `${containerUrl()}/services/${encodeURIComponent(word)}` }
}
