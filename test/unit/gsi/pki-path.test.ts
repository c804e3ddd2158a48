import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DerError } from '../../../src/gsi/der.ts'
import { derOctetString, derSequence } from '../../../src/gsi/der-writer.ts'
import { parsePkiPath } from '../../../src/gsi/pki-path.ts'

const numRuns = Number(process.env['FUZZ_CASES'] ?? 500)

test('a path is its certificates in their order', () => {
  const certificates = [1, 2, 3].map(n => derSequence(derOctetString(Buffer.alloc(200, n))))
  expect(parsePkiPath(derSequence(...certificates), 3)).toEqual(certificates)
  expect(() => parsePkiPath(derSequence(...certificates), 2)).toThrow(/more than 2/)
})

test('what is none is refused', () => {
  for (const bytes of [
    derSequence(),
    derOctetString(Buffer.alloc(1)),
    Buffer.alloc(0),
    Buffer.from([0x30, 0x80, 0, 0]),
  ])
    expect(() => parsePkiPath(bytes, 9)).toThrow(DerError)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      try {
        for (const one of parsePkiPath(Buffer.concat([Buffer.from([0x30, bytes.length & 0x7f]), bytes]), 9))
          expect(one.length).toBeGreaterThan(1)
      } catch (error) {
        expect(error).toBeInstanceOf(DerError)
      }
    }),
    { numRuns },
  )
})
