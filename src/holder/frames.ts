/**
 * What a holder and its callers say to each other: a JSON text behind its length (four bytes, the highest first), then,
 * when the text says how many, bytes as they are.
 */

/** Of one JSON text: code that came in an XML message, escaped. */
export const mostJsonBytes = 64 * 1024 * 1024
const lengthBytes = 4

/** A message without bytes of its own. */
export function encodeFrame(message: object): Buffer {
  const json = Buffer.from(JSON.stringify(message), 'utf8')
  const frame = Buffer.alloc(lengthBytes + json.length)
  frame.writeUInt32BE(json.length)
  json.copy(frame, lengthBytes)
  return frame
}

/** Cuts what comes in into messages. Throws when one announces more than is taken. */
export class FrameReader {
  readonly #most: number
  #chunks: Buffer[] = []
  #size = 0

  /** `most`: bytes of one message. */
  constructor(most = mostJsonBytes) {
    this.#most = most
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
  }

  /** The next message; undefined until it is whole. */
  message(): unknown {
    if (this.#size < lengthBytes) return undefined
    const length = this.#peek(lengthBytes).readUInt32BE()
    if (length > this.#most) throw new RangeError(`A message of ${length} bytes is announced.`)
    if (this.#size < lengthBytes + length) return undefined
    return JSON.parse(this.bytes(lengthBytes + length)?.toString('utf8', lengthBytes) ?? '')
  }

  /** So many bytes, in memory of their own; undefined until they are there. */
  bytes(count: number): Buffer | undefined {
    if (this.#size < count) return undefined
    const taken = Buffer.from(new ArrayBuffer(count))
    // Chunk by chunk, so that those that were copied can go.
    for (let done = 0; done < count; ) {
      const chunk = this.#chunks.shift() ?? Buffer.alloc(0)
      const copied = chunk.copy(taken, done, 0, count - done)
      if (copied < chunk.length) this.#chunks.unshift(chunk.subarray(copied))
      done += copied
    }
    this.#size -= count
    return taken
  }

  /** One buffer, which is joined only when something is complete in it. */
  #peek(count: number): Buffer {
    const [first] = this.#chunks
    if (first !== undefined && first.length >= count) return first
    const whole = Buffer.concat(this.#chunks)
    this.#chunks = [whole]
    return whole
  }
}
