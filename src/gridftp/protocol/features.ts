import type { Reply } from './reply.ts'

/** What a server says that it can do (RFC 2389 section 3.2): names in capitals, with what is said of each. */
export type Features = ReadonlyMap<string, string>

/** Reads the reply to FEAT; without one (a 5xx) a server has no features. */
export function readFeatures({ code, lines }: Reply): Features {
  if (code !== 211) return new Map()
  return new Map(
    lines.slice(1, -1).flatMap(line => {
      const [, name, rest = ''] = /^\s*(\S+)(?:\s+(.*))?$/.exec(line) ?? []
      return name === undefined ? [] : [[name.toUpperCase(), rest.trim()] as const]
    }),
  )
}

/** Names of the checksums in `CKSM MD5:10;ADLER32:10;…`, the one that the server prefers first (the lowest number). */
export const checksumsOf = (features: Features): readonly string[] =>
  (features.get('CKSM') ?? '')
    .split(';')
    .flatMap(part => {
      const [, name, cost = '0'] = /^\s*([A-Za-z0-9-]+)(?::(\d+))?\s*$/.exec(part) ?? []
      return name === undefined ? [] : [{ name: name.toUpperCase(), cost: Number(cost) }]
    })
    .sort((a, b) => a.cost - b.cost)
    .map(({ name }) => name)
