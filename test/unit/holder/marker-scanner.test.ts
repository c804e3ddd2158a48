import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MarkerScanner, markerOf } from '../../../src/holder/marker-scanner.ts'

const prefix = 'gridwrap-0123-'

/** What is passed on, and which markers are found, when this comes in these pieces. */
function scanned(pieces: readonly Buffer[]): { readonly text: string; readonly markers: readonly number[] } {
  const text: Buffer[] = []
  const markers: number[] = []
  const scanner = new MarkerScanner(
    prefix,
    bytes => text.push(Buffer.from(bytes)),
    number => markers.push(number),
  )
  for (const piece of pieces) scanner.feed(piece)
  scanner.end()
  return { text: Buffer.concat(text).toString('latin1'), markers }
}

const cut = (text: string, places: readonly number[]): Buffer[] => {
  const bytes = Buffer.from(text, 'latin1')
  const at = [0, ...places.map(place => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end))
}

const part = fc.oneof(
  fc.string({ maxLength: 20 }).map(text => ({ text, marker: undefined })),
  fc
    .constantFrom(prefix, prefix.slice(0, 5), `"${markerOf(prefix, 7)}"\n`, '\r', '\n')
    .map(text => ({ text, marker: undefined })),
  fc.tuple(fc.nat(0xffffffff), fc.constantFrom('\n', '\r\n')).map(([number, end]) => ({
    text: markerOf(prefix, number) + end,
    marker: number,
  })),
)

test('markers at the end of lines are found and taken out, however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 8 }), (parts, places) => {
      const whole = parts.map(({ text }) => text).join('')
      const found = scanned(cut(whole, places))
      expect(found).toEqual(scanned([Buffer.from(whole, 'latin1')]))
      expect(found.markers).toEqual(
        [...whole.matchAll(/gridwrap-0123-([0-9a-f]{8})\r?\n/g)].map(([, number]) => Number.parseInt(number ?? '', 16)),
      )
      expect(found.text).toBe(whole.replaceAll(/gridwrap-0123-[0-9a-f]{8}\r?\n/g, ''))
    }),
  )
})

test('what is no beginning of a marker is passed on at once', () => {
  const seen: string[] = []
  const scanner = new MarkerScanner(
    prefix,
    bytes => seen.push(bytes.toString()),
    () => undefined,
  )
  scanner.feed(Buffer.from('10 % grid'))
  expect(seen).toEqual(['10 % '])
  scanner.feed(Buffer.from(' done'))
  expect(seen.join('')).toBe('10 % grid done')
})
