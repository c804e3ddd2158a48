const block = 2880

/** A FITS image of 32-bit floats (FITS standard 4.0): rows from the bottom, with a tangential world coordinate system. */
export interface FitsImage {
  readonly width: number
  readonly height: number
  readonly pixels: Float32Array
}

/** Right ascension and declination of the centre and the size of a pixel, all in degrees. */
export interface Sky {
  readonly ra: number
  readonly dec: number
  readonly scale: number
}

const card = (key: string, value: string): string => `${key.padEnd(8)}= ${value.padStart(20)}`.padEnd(80)

export function writeFits({ width, height, pixels }: FitsImage, { ra, dec, scale }: Sky): Buffer {
  const cards = [
    card('SIMPLE', 'T'),
    card('BITPIX', '-32'),
    card('NAXIS', '2'),
    card('NAXIS1', String(width)),
    card('NAXIS2', String(height)),
    card('CTYPE1', "'RA---TAN'"),
    card('CTYPE2', "'DEC--TAN'"),
    card('CRVAL1', ra.toFixed(8)),
    card('CRVAL2', dec.toFixed(8)),
    card('CRPIX1', ((width + 1) / 2).toFixed(2)),
    card('CRPIX2', ((height + 1) / 2).toFixed(2)),
    card('CD1_1', (-scale).toExponential(8)),
    card('CD1_2', '0.0'),
    card('CD2_1', '0.0'),
    card('CD2_2', scale.toExponential(8)),
    card('EXPTIME', '60.0'),
    card('GAIN', '4.0'),
    card('SATURATE', '60000.0'),
    'END'.padEnd(80),
  ].join('')
  const head = Buffer.from(cards.padEnd(Math.ceil(cards.length / block) * block), 'latin1')
  const data = Buffer.alloc(Math.ceil((pixels.length * 4) / block) * block)
  for (let i = 0; i < pixels.length; i++) data.writeFloatBE(pixels[i] ?? 0, i * 4)
  return Buffer.concat([head, data])
}

/** Reads the primary image of a file like those of {@link writeFits}; the header is returned for reuse. */
export function readFits(bytes: Buffer): FitsImage & { readonly head: Buffer } {
  const values = new Map<string, number>()
  let end = 0
  for (; end < bytes.length; end += 80) {
    const one = bytes.toString('latin1', end, end + 80)
    if (one.startsWith('END ')) break
    values.set(one.slice(0, 8).trim(), Number(/^.{8}= +(-?[0-9.]+)/.exec(one)?.[1]))
  }
  if (values.get('BITPIX') !== -32) throw new Error('This is no FITS image of 32-bit floats.')
  const size = Math.ceil((end + 80) / block) * block
  const [width, height] = [values.get('NAXIS1') ?? 0, values.get('NAXIS2') ?? 0]
  const pixels = new Float32Array(width * height)
  for (let i = 0; i < pixels.length; i++) pixels[i] = bytes.readFloatBE(size + i * 4)
  return { width, height, pixels, head: bytes.subarray(0, size) }
}

/** The same header over other pixels. */
export function withPixels(head: Buffer, pixels: Float32Array): Buffer {
  const data = Buffer.alloc(Math.ceil((pixels.length * 4) / block) * block)
  for (let i = 0; i < pixels.length; i++) data.writeFloatBE(pixels[i] ?? 0, i * 4)
  return Buffer.concat([head, data])
}
