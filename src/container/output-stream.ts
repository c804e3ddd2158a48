import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { InstanceWaits } from '../events/instance-waits.ts'
import type { InstanceFiles } from '../factory/instance-files.ts'
import { isTerminal } from '../store/rows.ts'
import { jsonOf } from '../web/json.ts'
import type { LookAgain } from './event-stream.ts'
import type { StreamConnections } from './stream-connections.ts'

const partBytes = 64 * 1024
/** A file that grows says so to nobody; the slower, the longer it did not. */
const lookEveryMs = [100, 200, 400, 800] as const
const beatMs = 15_000

/**
 * An output of an instance as Server-Sent Events, as the program writes it: `output` events with the bytes, the id of each
 * being the offset of the next; `restart` when a new attempt begins its stream anew; `end` when nothing follows.
 */
export class OutputStreams {
  readonly #files: InstanceFiles
  readonly #waits: InstanceWaits
  readonly #connections: StreamConnections

  constructor(files: InstanceFiles, waits: InstanceWaits, connections: StreamConnections) {
    this.#files = files
    this.#waits = waits
    this.#connections = connections
  }

  /** Answers until all is told, the caller hangs up or may no longer see it, or the container stops. `path`: see outputPath. */
  async answer(path: string, caller: string, from: number, response: ServerResponse, look: LookAgain): Promise<void> {
    await this.#connections.answer(caller, response, signal => this.#tell(path, from, response, look, signal))
  }

  async #tell(
    path: string,
    from: number,
    response: ServerResponse,
    look: LookAgain,
    signal: AbortSignal,
  ): Promise<void> {
    let offset = from
    let attempt: number | undefined
    let quiet = 0
    let told = performance.now()
    const say = async (text: string): Promise<void> => {
      told = performance.now()
      if (!response.write(text)) await once(response, 'drain', { signal }).catch(() => undefined)
    }
    while (!signal.aborted) {
      const { row } = await look()
      if (
        attempt !== undefined &&
        attempt > 0 &&
        row.attempts !== attempt &&
        (path === 'stdout' || path === 'stderr')
      ) {
        offset = 0
        await say(format('restart', 0, { attempt: row.attempts }))
      }
      attempt = row.attempts
      const part = await this.#files.readPart(row, path, offset, partBytes, isTerminal(row.state))
      const content = wholeCharacters(part.content, part.end)
      if (content.length > 0) {
        offset += content.length
        quiet = 0
        await say(format('output', offset, textOrBytes(content)))
        if (offset < part.next || part.content.length === partBytes) continue
      }
      if (part.end && offset >= part.next) {
        await say(format('end', offset, { state: row.state }))
        return
      }
      if (performance.now() - told > beatMs) await say(':\n\n')
      const pause = lookEveryMs[Math.min(quiet++, lookEveryMs.length - 1)] ?? 0
      // An event may be the end of it: then it is looked at once.
      let looks = 0
      await this.#waits.until(row.id, pause, async () => (looks++ > 0 ? true : undefined), signal)
    }
  }
}

const format = (event: string, offset: number, data: object): string =>
  `id: ${offset}\nevent: ${event}\ndata: ${jsonOf(data, 0)}\n\n`

/** Text where it is text, else base64. Pure. */
export function textOrBytes(bytes: Uint8Array): { readonly text: string } | { readonly content: string } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    return { content: Buffer.from(bytes).toString('base64') }
  }
}

/** Without the beginning of a character of UTF-8 whose end is not there yet, unless it never comes. Pure. */
export function wholeCharacters(bytes: Uint8Array, isAll: boolean): Uint8Array {
  if (isAll) return bytes
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    // From f5 on there is no character (RFC 3629, section 4).
    const length = byte >= 0xf5 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes
  }
  return bytes
}
