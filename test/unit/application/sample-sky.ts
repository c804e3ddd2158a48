/**
 * Makes the pictures of the sky that ship with services as test data, always the same ones:
 * `node test/unit/application/sample-sky.ts` writes them; a test compares.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface Star {
  readonly x: number
  readonly y: number
  readonly flux: number
}

interface Exposure {
  readonly width: number
  readonly height: number
  readonly sky: number
  readonly sigma: number
  /** Electrons a count. */
  readonly gain: number
  readonly brightness: number
  readonly top: number
  readonly seed: number
  readonly shift: readonly [number, number]
}

/** A small generator with a seed (mulberry32), so that the noise is the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Sum of twelve uniform numbers: near enough to normal, and without a logarithm that machines might round differently. */
const normalFrom = (random: () => number) => (): number => {
  let sum = -6
  for (let i = 0; i < 12; i++) sum += random()
  return sum
}

function starField(count: number, width: number, height: number, seed: number, brightest: number): Star[] {
  const random = randomFrom(seed)
  return Array.from({ length: count }, (_, i) => ({
    x: 3 + random() * (width - 6),
    y: 3 + random() * (height - 6),
    flux: brightest / (1 + i * 0.9) ** 1.3,
  }))
}

/** Counts, row by row. The square of a Gaussian's argument only meets Math.exp once a pixel of a star. */
function expose(stars: readonly Star[], exposure: Exposure): number[] {
  const { width, height, sky, sigma, gain, brightness, top, seed, shift } = exposure
  const normal = normalFrom(randomFrom(seed))
  const light = new Float64Array(width * height)
  const spread = 1.08
  for (const star of stars) {
    const [cx, cy] = [star.x + shift[0], star.y + shift[1]]
    for (let y = Math.max(0, Math.floor(cy) - 8); y <= Math.min(height - 1, cy + 8); y++) {
      for (let x = Math.max(0, Math.floor(cx) - 8); x <= Math.min(width - 1, cx + 8); x++) {
        const r2 = (x - cx) ** 2 + (y - cy) ** 2
        const at = y * width + x
        light[at] =
          (light[at] ?? 0) +
          (brightness * star.flux * Math.exp(-r2 / (2 * spread * spread))) / (2 * Math.PI * spread * spread)
      }
    }
  }
  return Array.from(light, value => {
    const noise = Math.sqrt(sigma * sigma + value / gain)
    return Math.max(0, Math.min(top, Math.round(sky + value + noise * normal())))
  })
}

function pgm(width: number, height: number, top: number, counts: readonly number[], comment: string): string {
  const lines: string[] = []
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x += 16) lines.push(counts.slice(y * width + x, y * width + x + 16).join(' '))
  }
  return `P2\n# ${comment}\n${width} ${height}\n${top}\n${lines.join('\n')}\n`
}

/** FITS with 16-bit integers and a tangent projection (one second of arc a pixel). */
function fits(width: number, height: number, counts: readonly number[], centre: readonly [number, number]): Buffer {
  const card = (key: string, value: string): string => `${key.padEnd(8)}= ${value.padStart(20)}`.padEnd(80)
  const text = (key: string, value: string): string => `${key.padEnd(8)}= '${value.padEnd(8)}'`.padEnd(80)
  const cards = [
    card('SIMPLE', 'T'),
    card('BITPIX', '16'),
    card('NAXIS', '2'),
    card('NAXIS1', String(width)),
    card('NAXIS2', String(height)),
    card('GAIN', '4.0'),
    card('EXPTIME', '60.0'),
    text('CTYPE1', 'RA---TAN'),
    text('CTYPE2', 'DEC--TAN'),
    text('CUNIT1', 'deg'),
    text('CUNIT2', 'deg'),
    card('CRVAL1', '150.0'),
    card('CRVAL2', '2.2'),
    card('CRPIX1', centre[0].toFixed(2)),
    card('CRPIX2', centre[1].toFixed(2)),
    card('CD1_1', '-2.777777778E-4'),
    card('CD1_2', '0.0'),
    card('CD2_1', '0.0'),
    card('CD2_2', '2.777777778E-4'),
    card('EQUINOX', '2000.0'),
    'END'.padEnd(80),
  ]
  const header = Buffer.from(cards.join('').padEnd(2880), 'latin1')
  const data = Buffer.alloc(Math.ceil((counts.length * 2) / 2880) * 2880)
  for (const [i, value] of counts.entries()) data.writeInt16BE(value, i * 2)
  return Buffer.concat([header, data])
}

/** Path below `services/` to content. */
export function sampleSky(): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  const [width, height, top] = [96, 96, 4095]
  const field = starField(60, width, height, 1604, 60_000)
  const nova: Star = { x: 61.3, y: 37.8, flux: 2400 }
  const first = { width, height, sky: 210, sigma: 9, gain: 4, brightness: 1, top, seed: 11, shift: [0, 0] as const }
  const second = { ...first, sky: 236, sigma: 10, brightness: 0.91, seed: 12 }
  files.set(
    'newstar/first.pgm',
    Buffer.from(pgm(width, height, top, expose(field, first), 'a field of stars, first night')),
  )
  files.set(
    'newstar/second.pgm',
    Buffer.from(pgm(width, height, top, expose([...field, nova], second), 'the same field a week later')),
  )
  const small = { ...first, width: 80, seed: 13 }
  files.set('newstar/narrow.pgm', Buffer.from(pgm(80, height, top, expose(field, small), 'a picture of another size')))

  const wide = starField(80, 128, 128, 2002, 90_000)
  for (const [i, shift] of (
    [
      [0, 0],
      [4.4, -3.2],
      [-3.7, 5.1],
    ] as const
  ).entries()) {
    const exposure = {
      width: 128,
      height: 128,
      sky: 300 + 20 * i,
      sigma: 12,
      gain: 4,
      brightness: 1,
      top: 32_000,
      seed: 21 + i,
      shift,
    }
    const image = fits(128, 128, expose(wide, exposure), [64.5 + shift[0], 64.5 + shift[1]])
    files.set(`swarp/e${i}.fits`, image)
    if (i === 0) files.set('source-extractor/field.fits', image)
  }
  return files
}

if (import.meta.main) {
  const services = join(import.meta.dirname, '..', '..', '..', 'services')
  for (const [name, content] of sampleSky()) writeFileSync(join(services, name), content)
}
