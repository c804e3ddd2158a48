import type { FitsImage, Sky } from './fits-image.ts'

/** Where the supernova is put: degrees. */
export const supernova = { ra: 149.98, dec: 2.215 }

const size = 512
const scale = 0.4 / 3600
/** The pointing of each exposure of an epoch is a little off the others', as a telescope's is. */
const dithers = [
  [0, 0],
  [7.3, -4.1],
  [-5.6, 8.8],
] as const
const centre = { ra: 150, dec: 2.2 }

/** Three exposures of one field at one epoch; only the second epoch has the supernova. Always the same numbers. */
export function exposures(epoch: 1 | 2): readonly { readonly image: FitsImage; readonly sky: Sky }[] {
  return dithers.map(([dx, dy], index) => {
    const sky = {
      ra: centre.ra + (dx * scale) / Math.cos((centre.dec * Math.PI) / 180),
      dec: centre.dec + dy * scale,
      scale,
    }
    return { image: expose(epoch, sky, epoch * 100 + index), sky }
  })
}

function expose(epoch: 1 | 2, sky: Sky, seed: number): FitsImage {
  const random = generator(seed)
  const pixels = new Float32Array(size * size)
  const background = 180 + 25 * epoch
  for (let i = 0; i < pixels.length; i++) pixels[i] = background + gaussian(random) * 6
  const stars = generator(7)
  for (let n = 0; n < 220; n++) {
    const ra = centre.ra + (stars() - 0.5) * size * scale * 1.1
    const dec = centre.dec + (stars() - 0.5) * size * scale * 1.1
    addStar(pixels, sky, ra, dec, 800 * (1 / (stars() + 0.01)) ** 1.1)
  }
  if (epoch === 2) addStar(pixels, sky, supernova.ra, supernova.dec, 9000)
  return { width: size, height: size, pixels }
}

function addStar(pixels: Float32Array, sky: Sky, ra: number, dec: number, flux: number): void {
  const x = size / 2 - ((ra - sky.ra) * Math.cos((dec * Math.PI) / 180)) / scale
  const y = size / 2 + (dec - sky.dec) / scale
  const sigma = 1.6
  for (let j = Math.max(0, Math.floor(y - 9)); j < Math.min(size, y + 9); j++) {
    for (let i = Math.max(0, Math.floor(x - 9)); i < Math.min(size, x + 9); i++) {
      const r2 = (i + 0.5 - x) ** 2 + (j + 0.5 - y) ** 2
      const at = j * size + i
      pixels[at] = (pixels[at] ?? 0) + (flux / (2 * Math.PI * sigma ** 2)) * Math.exp(-r2 / (2 * sigma ** 2))
    }
  }
}

/** A small generator of uniform numbers, the same on every machine (mulberry32). */
function generator(seed: number): () => number {
  let state = seed * 2654435761
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const gaussian = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random())
