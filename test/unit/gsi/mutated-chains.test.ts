import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { ChainRejection } from '../../../src/gsi/chain-rejection.ts'
import { ders, limited, proxy, root, trusting, user, validate } from './test-pki.ts'

const runs = { numRuns: Number(process.env['FUZZ_CASES'] ?? 500) }
vi.setConfig({ testTimeout: 20_000 + runs.numRuns * 20 })

const ca = root()
const alice = user(ca)
const full = proxy(alice)
const chain = ders(limited(full), full, alice)
const trust = trusting(ca)
const { identity } = validate(chain, trust)

const edit = fc.record({
  which: fc.nat(chain.length - 1),
  at: fc.nat(1500),
  how: fc.constantFrom('set', 'insert', 'remove', 'cut'),
  value: fc.nat(255),
})

const mutate = (bytes: Buffer, { at, how, value }: { at: number; how: string; value: number }): Buffer => {
  const i = at % bytes.length
  const [front, back] = [bytes.subarray(0, i), bytes.subarray(i + 1)]
  if (how === 'cut') return front
  if (how === 'remove') return Buffer.concat([front, back])
  if (how === 'insert') return Buffer.concat([front, Buffer.from([value]), bytes.subarray(i)])
  return Buffer.concat([front, Buffer.from([value]), back])
}

test('a mutated chain is refused, or is the same identity', () => {
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), edits => {
      const mutant = [...chain]
      for (const change of edits) mutant[change.which] = mutate(mutant[change.which] ?? Buffer.alloc(1), change)
      try {
        expect(validate(mutant, trust).identity).toEqual(identity)
      } catch (error) {
        if (!(error instanceof ChainRejection)) throw error
      }
    }),
    runs,
  )
})

test('order, repetition and strangers change nothing', () => {
  const stranger = user(root('/O=Other/CN=Root'), '/O=Other/CN=Eve').certificate.der
  const [leaf = Buffer.alloc(0), ...others] = chain
  const rest = fc.shuffledSubarray([...others, ...others, leaf, stranger, ca.certificate.der], { minLength: 4 })
  fc.assert(
    fc.property(rest, tail => {
      const complete = others.every(other => tail.includes(other))
      if (complete) expect(validate([leaf, ...tail], trust).identity).toEqual(identity)
      else expect(() => validate([leaf, ...tail], trust)).toThrow(ChainRejection)
    }),
    runs,
  )
})

test('random bytes for a chain', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 40 }), bytes => {
      expect(() => validate(bytes, trust)).toThrow(ChainRejection)
    }),
    runs,
  )
})
