import { readFileSync } from 'node:fs'

/** The version in package.json, two folders up from src/core as from dist/core. */
export const packageVersion: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version
