import { createSign } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { GridwrapError } from '../core/errors.ts'
import type { Credential } from '../gsi/credential.ts'
import { connectGsi, type GsiConnectOptions } from '../gsi/gsi-connect.ts'
import { maximumResponse, parseResponse, type RequestFields, type Response, writeRequest } from './message.ts'

/** Where a MyProxy server is, who asks it, and whom to take for it. */
export type MyproxyServer = Omit<GsiConnectOptions, 'delegation' | 'context' | 'alpn'>

const silentMs = 60_000

/** One conversation with a MyProxy server, which is one request. Owns its connection. */
export class MyproxyChannel implements Disposable {
  readonly #socket: TLSSocket
  readonly #where: string
  #seen: Buffer = Buffer.alloc(0)
  #ended = false
  #failure: Error | undefined
  #wake: (() => void) | undefined

  private constructor(socket: TLSSocket, where: string) {
    this.#socket = socket
    this.#where = where
    const over = (error?: Error): void => {
      this.#ended = true
      this.#failure ??= error
      this.#wake?.()
    }
    socket.setTimeout(silentMs, () => socket.destroy(new Error(`${where} has said nothing for ${silentMs / 1000} s.`)))
    socket
      .on('error', over)
      .on('end', () => over())
      .on('close', () => over())
    socket.on('data', (chunk: Buffer) => {
      this.#seen = Buffer.concat([this.#seen, chunk])
      this.#wake?.()
    })
    socket.resume()
  }

  /** Connects, without delegating. */
  static async open(server: MyproxyServer): Promise<MyproxyChannel> {
    const { socket } = await connectGsi({ ...server, context: 'gsi', delegation: 'none' })
    return new MyproxyChannel(socket, `${server.host}:${server.port}`)
  }

  /**
   * Sends the request and resolves when the server is ready for what follows. Throws GridwrapError in the server's words
   * when it refuses. `proof`: the credential that is to be renewed, when the server asks for one.
   */
  async request(command: number, fields: RequestFields, proof?: Credential): Promise<Response> {
    this.#socket.write(writeRequest(command, fields))
    for (let challenges = 0; ; challenges++) {
      const response = await this.response()
      if (response.kind !== 'authorization') return response
      if (challenges === 4) throw this.#refused(['it asks for one proof after another'])
      this.#socket.write(this.#prove(response, fields, proof))
    }
  }

  /** The next response. Throws GridwrapError (`credential-problem`) in the server's words when it is an error. */
  async response(): Promise<Response> {
    const end = await this.#until(() => this.#seen.indexOf(0), maximumResponse)
    const bytes = this.#take(end + 1).subarray(0, end)
    const response = parseResponse(bytes)
    if (response.kind === 'error') throw this.#refused(response.errors)
    return response
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** So many octets. */
  async bytes(count: number): Promise<Buffer> {
    await this.#until(() => (this.#seen.length >= count ? 0 : -1), count)
    return this.#take(count)
  }

  /** Whether the next octet is the beginning of a response, and not of something else. */
  async isResponseNext(): Promise<boolean> {
    await this.#until(() => (this.#seen.length > 0 ? 0 : -1), 1)
    return this.#seen[0] === 0x56
  }

  /** Everything up to the response with which the server ends, and that response. */
  async restAndResponse(): Promise<Buffer> {
    const marker = 'VERSION=MYPROXYv2'
    const at = await this.#until(() => this.#seen.indexOf(marker), maximumResponse)
    const rest = this.#take(at)
    await this.response()
    return rest
  }

  [Symbol.dispose](): void {
    this.#socket.end()
    this.#socket.destroySoon()
  }

  #take(count: number): Buffer {
    const taken = this.#seen.subarray(0, count)
    this.#seen = this.#seen.subarray(count)
    return taken
  }

  /** Waits until `find` finds something (not negative). */
  async #until(find: () => number, most: number): Promise<number> {
    for (;;) {
      const at = find()
      if (at >= 0) return at
      if (this.#seen.length > most) throw this.#refused(['it answers without end'])
      if (this.#ended) throw this.#failure ?? this.#refused(['it hung up'])
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
      this.#wake = undefined
    }
  }

  #prove({ challenges }: Response, { passphrase = '' }: RequestFields, proof: Credential | undefined): Buffer {
    for (const [method, code, digest] of [
      ['X509_certificate_SHA256', 4, 'sha256'],
      ['X509_certificate', 2, 'sha1'],
    ] as const) {
      const challenge = challenges.get(method)
      if (challenge === undefined || proof === undefined) continue
      const signature = createSign(digest).update(challenge).sign(proof.key)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(signature.length)
      const certificates = proof.certificates.map(one => one.der)
      return Buffer.concat([methodCode(code), length, signature, Buffer.from([certificates.length]), ...certificates])
    }
    if (challenges.has('password')) return Buffer.concat([methodCode(1), Buffer.from(`${passphrase}\0`)])
    throw this.#refused([`it asks for a proof by ${[...challenges.keys()].join(' or ') || 'nothing known'}`])
  }

  #refused(errors: readonly string[]): GridwrapError {
    const words = errors.map(line => line.trim()).filter(Boolean)
    return new GridwrapError(
      'credential-problem',
      `The MyProxy server ${this.#where} refuses: ${words.join('; ')}.`.replace(/\.\.$/, '.'),
      { hint: hintFor(words), detail: { kind: 'myproxy' } },
    )
  }
}

/** An int as a little-endian machine has it in memory: the server reads its first octet. */
const methodCode = (code: number): Buffer => Buffer.from([code, 0, 0, 0])

/** The way out of what servers say most. */
function hintFor(words: readonly string[]): string {
  const said = words.join(' ')
  if (/too short/i.test(said)) return 'Choose a longer passphrase.'
  if (/bad password|invalid credential passphrase/i.test(said))
    return 'Give the passphrase with which it was left there.'
  if (/do not exist|no credentials/i.test(said))
    return 'Nothing is kept there under this user name: say another one, or leave a credential first.'
  return 'Ask its administrator whether its policies let you do this.'
}
