import { existsSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import koffi, { type KoffiFunc, type LibraryHandle } from 'koffi'
import { type CallAnswer, CallServer } from './call-server.ts'
import { type LibraryAnswer, type LibraryRequest, libraryRequestSchema } from './library-protocol.ts'
import { TurnQueue } from './turn-queue.ts'
import { Watchdog } from './watchdog.ts'

/** Where numbers of every kind may lie, also those that are calculated with several at a time. */
const alignment = 16

type Routine = KoffiFunc<(...values: unknown[]) => unknown>
type Argument = LibraryRequest['arguments'][number]

/**
 * Holds one shared library for callers that come and go, in a process of its own: a crash, a STOP or a leak of it ends this
 * process and nothing else. What it keeps in its variables, the next call finds.
 */
export class LibraryServer {
  readonly #library: LibraryHandle
  readonly #functions = new Map<string, Routine>()
  readonly #queue = new TurnQueue()
  readonly #watchdog = new Watchdog()
  readonly #server = new CallServer<LibraryRequest>({
    parse: message => libraryRequestSchema.parse(message),
    bytesOf: request => request.arguments.reduce((sum, one) => sum + givenBytes(one), 0),
    answer: (request, bytes) => this.#answer(request, bytes),
  })

  /** Throws when the library cannot be loaded. A file of the working directory comes before those of the host. */
  constructor(name: string) {
    this.#library = koffi.load(existsSync(name) ? resolve(name) : name)
  }

  listen(): Promise<void> {
    return this.#server.listen()
  }

  async #answer(request: LibraryRequest, bytes: Buffer): Promise<CallAnswer> {
    return (await this.#queue.take(() => this.#call(request, bytes))) ?? answer({ refused: 'busy' })
  }

  async #call(request: LibraryRequest, bytes: Buffer): Promise<CallAnswer> {
    const routine = this.#find(request)
    if (routine === undefined)
      return answer({ problem: `the library has no routine ${JSON.stringify(request.symbol)}` })
    let position = 0
    const values = request.arguments.map(one => {
      const given = givenBytes(one)
      const value = nativeOf(one, bytes.subarray(position, position + given))
      position += given
      return value
    })
    const returned = this.#watchdog.within(request.timeout, () => routine(...values))
    const back = request.arguments.flatMap((one, i) =>
      one.by === 'reference' && one.back ? [values[i] as Buffer] : [],
    )
    const sizes = back.map(({ length }) => length)
    return { message: { returned: numberOf(returned), sizes } satisfies LibraryAnswer, bytes: back }
  }

  #find({ symbol, returns, arguments: given }: LibraryRequest): Routine | undefined {
    const types = given.map(typeOf)
    const key = JSON.stringify([symbol, returns, types])
    const known = this.#functions.get(key)
    if (known !== undefined) return known
    try {
      const found = this.#library.func(symbol, returns, types)
      this.#functions.set(key, found)
      return found
    } catch (error) {
      writeSync(2, `gridwrap: ${(error as Error).message}\n`)
      return undefined
    }
  }
}

const answer = (message: LibraryAnswer): CallAnswer => ({ message })

const givenBytes = (one: Argument): number => (one.by === 'reference' && one.given ? one.bytes : 0)

const typeOf = (one: Argument): string => (one.by === 'value' ? one.type : one.by === 'string' ? 'str' : 'void *')

function nativeOf(one: Argument, given: Buffer): unknown {
  switch (one.by) {
    case 'string':
      return one.text
    case 'reference':
      if (!one.given) return Buffer.from(new ArrayBuffer(one.bytes))
      // Numbers do not lie anywhere: what follows an array of an odd length is moved.
      return given.byteOffset % alignment === 0 ? given : Buffer.from(Uint8Array.from(given).buffer)
    case 'value':
      return typeof one.value === 'object' ? BigInt(one.value.integer) : one.value
  }
}

function numberOf(returned: unknown): number | { readonly integer: string } | { readonly text: string } | null {
  if (typeof returned === 'bigint') return { integer: returned.toString() }
  // What JSON has no word for.
  if (typeof returned === 'number' && (!Number.isFinite(returned) || Object.is(returned, -0)))
    return { text: Object.is(returned, -0) ? '-0' : String(returned) }
  return typeof returned === 'number' ? returned : null
}
