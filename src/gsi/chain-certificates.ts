import { type Certificate, parseCertificate } from './certificate.ts'
import { ChainRejection } from './chain-rejection.ts'
import { DerError } from './der.ts'

/** How much of a peer's chain is looked at; a longer one is refused before anything in it is parsed. */
export const chainLimits = { entries: 256, distinct: 32, bytes: 262_144 } as const

/**
 * The distinct certificates of a chain as it came over the wire, the peer's own first. Every one must be well-formed:
 * a peer that sends garbage is not met halfway.
 */
export function readChain(chain: readonly Uint8Array[]): readonly [Certificate, ...Certificate[]] {
  if (chain.length > chainLimits.entries)
    throw tooLong(`it has ${chain.length} entries, more than ${chainLimits.entries}`)
  const distinct = new Map<string, { bytes: Uint8Array; position: number }>()
  let total = 0
  chain.forEach((bytes, position) => {
    total += bytes.length
    if (total > chainLimits.bytes) throw tooLong(`it is longer than ${chainLimits.bytes} bytes`)
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
    if (!distinct.has(key)) distinct.set(key, { bytes, position })
    if (distinct.size > chainLimits.distinct)
      throw tooLong(`it has more than ${chainLimits.distinct} different certificates`)
  })
  const [leaf, ...others] = [...distinct.values()].map(({ bytes, position }) => {
    try {
      return parseCertificate(bytes)
    } catch (error) {
      if (!(error instanceof DerError)) throw error
      throw new ChainRejection(
        'malformed',
        position,
        undefined,
        `it is not a well-formed certificate. ${error.message}`,
      )
    }
  })
  if (leaf === undefined) throw new ChainRejection('empty-chain', 0, undefined, 'the peer sent no certificate.')
  return [leaf, ...others]
}

const tooLong = (why: string): ChainRejection =>
  new ChainRejection('chain-too-long', 0, undefined, `the chain is refused unread because ${why}.`)
