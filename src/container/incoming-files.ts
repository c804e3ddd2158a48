import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '../core/ids.ts'
import { JOB } from '../wsdl/names.ts'
import { Base64Sink } from '../xml/base64-sink.ts'
import { ByteSpool, type ByteSpoolOptions, type ByteWriter } from '../xml/byte-spool.ts'
import type { StreamElement } from '../xml/text-sink.ts'
import { SinkRefusal } from '../xml/xml-error.ts'

const mostInlineBytes = 64 * 1024 * 1024
const memoryBytes = 256 * 1024
/** So many files of a request may lie in memory up to that size; those after them only when they are small. */
const mostInMemory = 16
const laterMemoryBytes = 4 * 1024

/**
 * The large files inside one request: base64 content of more than 256 KiB goes to a file while it is read. What the
 * operation did not take away is removed when the request is over.
 */
export class IncomingFiles implements Disposable {
  readonly #directory: string
  readonly #expected: boolean
  readonly #paths: string[] = []
  readonly #open = new Set<number>()
  #bytes = 0
  #begun = 0

  /** `expected`: whether there can be any at all at the address of the request. */
  constructor(directory: string, expected = true) {
    this.#directory = directory
    this.#expected = expected
  }

  /** For the reader: the text of `content` elements is decoded as it comes. */
  readonly streamElement: StreamElement = (namespace, local) =>
    this.isFile(namespace, local) ? new Base64Sink(this.#terms()) : undefined

  /** Whether an element holds a file. */
  isFile(namespace: string, local: string): boolean {
    return this.#expected && local === 'content' && (namespace === JOB || namespace === '')
  }

  /** For a file that comes beside the message. */
  spool(): ByteSpool {
    return new ByteSpool(this.#terms())
  }

  #terms(): ByteSpoolOptions {
    return {
      maxBytes: mostInlineBytes,
      memoryBytes: ++this.#begun <= mostInMemory ? memoryBytes : laterMemoryBytes,
      open: () => this.#openFile(),
    }
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.#open) closeSync(descriptor)
    for (const path of this.#paths) {
      try {
        unlinkSync(path)
      } catch {
        // The operation moved it into its instance.
      }
    }
  }

  #openFile(): ByteWriter {
    const path = join(this.#directory, newId())
    const descriptor = openSync(path, 'wx', 0o640)
    this.#paths.push(path)
    this.#open.add(descriptor)
    return {
      write: chunk => {
        this.#bytes += chunk.length
        if (this.#bytes > mostInlineBytes)
          throw new SinkRefusal(
            'limit',
            `The inline files of one request are larger than ${mostInlineBytes} bytes: send them by PUT`,
          )
        writeSync(descriptor, chunk)
      },
      end: () => {
        closeSync(descriptor)
        this.#open.delete(descriptor)
        return path
      },
    }
  }
}

/** Makes the folder for them, and removes what killed processes left in it. */
export async function prepareIncoming(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o750 })
  for (const name of await readdir(directory)) await rm(join(directory, name), { force: true })
}
