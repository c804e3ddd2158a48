import { connect, type Socket } from 'node:net'

/** A client that says what it likes, over a control connection in the clear. */
export class RawFtpClient implements Disposable {
  readonly socket: Socket
  #text = ''
  #wake: () => void = () => undefined

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1' }).setEncoding('utf8')
    this.socket.on('data', (text: string) => {
      this.#text += text
      this.#wake()
    })
    this.socket.on('error', () => undefined).on('close', () => this.#wake())
  }

  /** The next whole reply. */
  async reply(): Promise<string> {
    for (;;) {
      const [whole] = /^(?:\d{3}-[\s\S]*?\r\n)?\d{3} .*\r\n/.exec(this.#text) ?? []
      if (whole !== undefined) {
        this.#text = this.#text.slice(whole.length)
        return whole
      }
      if (this.socket.readableEnded || this.socket.destroyed) throw new Error(`hung up after ${this.#text}`)
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  say(line: string): Promise<string> {
    this.socket.write(`${line}\r\n`)
    return this.reply()
  }

  /** One that is logged in as anybody. */
  static async loggedIn(port: number): Promise<RawFtpClient> {
    const client = new RawFtpClient(port)
    await client.reply()
    await client.say('USER anonymous')
    const answer = await client.say('PASS me@')
    if (!answer.startsWith('230 ')) throw new Error(`not logged in: ${answer}`)
    return client
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}
