import { createHash } from 'node:crypto'

/** The checksums that GridFTP servers know (CKSM), by the names they have there. */
export const checksumNames = ['MD5', 'SHA1', 'SHA256', 'SHA512', 'ADLER32'] as const
/** In the order in which they are wanted, where there is a choice. */
export const checksumPreference: readonly ChecksumName[] = ['SHA256', 'MD5', 'SHA1', 'SHA512', 'ADLER32']

export type ChecksumName = (typeof checksumNames)[number]

/** A checksum of bytes that come one after the other. */
export interface RunningChecksum {
  update(bytes: Uint8Array): void
  /** Lower-case hexadecimal; nothing can be added afterwards. */
  digest(): string
}

/** `sha-256`, `SHA256`, `sha256` → SHA256; undefined when there is no such checksum here. */
export function checksumName(text: string): ChecksumName | undefined {
  const name = text.toUpperCase().replace(/[-_]/g, '')
  return checksumNames.find(known => known === name)
}

export const runningChecksum = (name: ChecksumName): RunningChecksum => {
  if (name === 'ADLER32') return new Adler32()
  const hash = createHash(name.toLowerCase())
  return {
    update: bytes => void hash.update(bytes),
    digest: () => hash.digest('hex'),
  }
}

const modulus = 65_521
/** The most bytes after which neither sum can have passed 32 bits (RFC 1950 section 9). */
const stretch = 5552

/** RFC 1950 section 8.2. */
class Adler32 implements RunningChecksum {
  #low = 1
  #high = 0

  update(bytes: Uint8Array): void {
    let low = this.#low
    let high = this.#high
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(at + stretch, bytes.length)
      for (; at < end; at++) {
        low += bytes[at] as number
        high += low
      }
      low %= modulus
      high %= modulus
    }
    this.#low = low
    this.#high = high
  }

  digest(): string {
    return (((this.#high << 16) | this.#low) >>> 0).toString(16).padStart(8, '0')
  }
}
