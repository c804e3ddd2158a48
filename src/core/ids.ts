import { randomBytes } from 'node:crypto'

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** Lower-case base32 (RFC 4648 section 6) without padding. */
export function base32(bytes: Uint8Array): string {
  let out = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out += alphabet[(held >>> bits) & 31]
    }
  }
  return bits > 0 ? out + alphabet[(held << (5 - bits)) & 31] : out
}

/** A new instance id: 128 random bits, so that nobody can guess one. 26 characters. */
export const newId = (): string => base32(randomBytes(16))

/** Whether a text can be an instance id at all; says nothing about whether the instance exists. */
export const isId = (text: string): boolean => /^[a-z2-7]{26}$/.test(text)
