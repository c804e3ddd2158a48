import { crc32, deflateSync } from 'node:zlib'
import type { FitsImage } from './fits-image.ts'

/** A grey PNG of an image, rows from the top, stretched between two values, with a ring around one place (pixels, from the lower left). */
export function writePng(
  { width, height, pixels }: FitsImage,
  low: number,
  high: number,
  ring: { readonly x: number; readonly y: number },
): Buffer {
  const rows = Buffer.alloc((width * 3 + 1) * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (height - 1 - y) * (width * 3 + 1) + 1 + x * 3
      const grey = Math.max(0, Math.min(255, Math.round((255 * ((pixels[y * width + x] ?? 0) - low)) / (high - low))))
      const onRing = Math.abs(Math.hypot(x - ring.x, y - ring.y) - 12) < 1.2
      rows.set(onRing ? [255, 140, 0] : [grey, grey, grey], at)
    }
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length, 0)
  body.copy(out, 4)
  out.writeUInt32BE(crc32(body), body.length + 4)
  return out
}
