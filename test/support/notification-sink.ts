import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readEnvelope } from '../../src/soap/envelope.ts'
import { childElements, type XmlElement } from '../../src/xml/tree.ts'
import { parseXml } from '../../src/xml/xml-reader.ts'

/** What a sink does with a message: takes it (202), says something else, or says nothing at all. */
export type Behaviour = 'take' | 'hang' | 'refuse' | 'redirect' | 'break' | 'upgrade'

/** A NotificationSink in plain HTTP (OGSI 1.0 section 11.3), which keeps every message that it takes. */
export class NotificationSink implements AsyncDisposable {
  readonly messages: XmlElement[] = []
  /** Of every message: when it came, milliseconds of a monotonic clock. */
  readonly times: number[] = []
  behaviour: Behaviour = 'take'
  asked = 0
  readonly #server: Server
  #wake: () => void = () => undefined

  private constructor(server: Server) {
    this.#server = server
  }

  /** `port`: that of an earlier sink, which it takes the place of. */
  static async start(port = 0): Promise<NotificationSink> {
    const server = createServer()
    const sink = new NotificationSink(server)
    server.on('request', (request, response) => void sink.#answer(request, response))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
    return sink
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/sink`
  }

  /** Resolves when so many messages are there. */
  async received(count: number): Promise<readonly XmlElement[]> {
    while (this.messages.length < count) await new Promise<void>(resolve => (this.#wake = resolve))
    return this.messages
  }

  /** Resolves when what has come fulfils a condition. */
  async until(isSo: (messages: readonly XmlElement[]) => boolean): Promise<readonly XmlElement[]> {
    while (!isSo(this.messages)) await new Promise<void>(resolve => (this.#wake = resolve))
    return this.messages
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.asked++
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    switch (this.behaviour) {
      case 'take': {
        const [message] = childElements(readEnvelope(parseXml(Buffer.concat(chunks).toString())).body)
        const [values] = message === undefined ? [] : childElements(message)
        if (values !== undefined) this.messages.push(values)
        this.times.push(performance.now())
        response.writeHead(202).end()
        break
      }
      case 'refuse':
        response.writeHead(500).end('no')
        break
      case 'redirect':
        response.writeHead(307, { Location: 'http://127.0.0.1:1/' }).end()
        break
      case 'break':
        request.socket.destroy()
        break
      case 'upgrade':
        request.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
        break
      case 'hang':
    }
    this.#wake()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }
}
