import { type ByteRanges, readRanges } from './byte-ranges.ts'
import { ProtocolError } from './protocol-error.ts'
import type { Reply } from './reply.ts'

/** A performance marker (GFD.20 appendix II): what a stripe has received at a moment. */
export interface PerformanceMarker {
  /** Seconds since the epoch, of the server's clock. */
  readonly timestamp: number
  readonly stripe: number
  readonly bytes: number
  readonly stripes: number
}

/** `111 Range Marker 0-29,50-89` (appendix I): what is on the server's disk by now. */
export function readRestartMarker({ lines }: Reply): ByteRanges {
  const [, ranges] = /^\s*Range Marker:?\s+([\d,\- ]+)$/i.exec(lines.join('')) ?? []
  if (ranges === undefined) throw new ProtocolError('A restart marker has no ranges.')
  return readRanges(ranges.replaceAll(' ', ''))
}

/** Reads the 112 reply of a performance marker. Throws ProtocolError. */
export function readPerformanceMarker({ lines }: Reply): PerformanceMarker {
  const facts = new Map<string, number>()
  for (const line of lines) {
    const [, name, value] = /^\s*([A-Za-z ]{1,40}):\s*(\d{1,15}(?:\.\d{1,9})?)\s*$/.exec(line) ?? []
    if (name !== undefined) facts.set(name.toLowerCase(), Number(value))
  }
  const fact = (name: string): number => {
    const value = facts.get(name)
    if (value === undefined) throw new ProtocolError(`A performance marker has no ${name}.`)
    return value
  }
  return {
    timestamp: fact('timestamp'),
    stripe: fact('stripe index'),
    bytes: fact('stripe bytes transferred'),
    stripes: fact('total stripe count'),
  }
}

/** The lines of a performance marker, for a reply of 112. */
export const writePerformanceMarker = ({ timestamp, stripe, bytes, stripes }: PerformanceMarker): readonly string[] => [
  'Perf Marker',
  ` Timestamp:  ${timestamp.toFixed(1)}`,
  ` Stripe Index: ${stripe}`,
  ` Stripe Bytes Transferred: ${bytes}`,
  ` Total Stripe Count: ${stripes}`,
  'End.',
]
