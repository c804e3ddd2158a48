import { readFileSync, statSync } from 'node:fs'
import { type Configuration, ConfigurationError } from './configuration.ts'

const shortest = 16

/**
 * What stored keys are encrypted with: the text of the configured key file, without the blanks around it. Undefined when
 * none is configured. Throws ConfigurationError when others could read it, or it is too short to be a secret.
 */
export function readSecret({ secrets }: Pick<Configuration, 'secrets'>): string | undefined {
  const file = secrets['key-file']
  if (file === undefined) return undefined
  const fail = (why: string): ConfigurationError => new ConfigurationError(`secrets: key-file: ${file} ${why}`)
  let text: string
  try {
    const found = statSync(file)
    const mode = found.mode & 0o777
    const user = process.getuid?.() ?? 0
    if (found.uid !== user && found.uid !== 0 && user !== 0) throw fail(`belongs to user ${found.uid}`)
    if ((mode & 0o077) !== 0)
      throw fail(`has mode ${mode.toString(8).padStart(4, '0')}, so that others could read it: chmod 600 ${file}`)
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    if (error instanceof ConfigurationError) throw error
    throw fail(
      `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}); make one: openssl rand -base64 32`,
    )
  }
  if (text.length < shortest)
    throw fail(`holds ${text.length} characters, and needs ${shortest}; make one: openssl rand -base64 32`)
  return text
}
