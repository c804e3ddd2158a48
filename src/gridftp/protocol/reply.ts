import { ProtocolError } from './protocol-error.ts'

/** A reply of a server (RFC 959 section 4.2). */
export interface Reply {
  readonly code: number
  /** Its text, a line each: without the code and what parts it from the text, where a line has them. */
  readonly lines: readonly string[]
}

/** What a whole reply may hold; the longest honest one is the help of a server. */
const mostBytes = 1_048_576

/** A preliminary reply: another one follows to the same command. */
export const isPreliminary = ({ code }: Reply): boolean => code < 200

/** Whether a command did what it should, or wants its next part. */
export const isPositive = ({ code }: Reply): boolean => code < 400

/**
 * Puts lines together to replies. A reply of several lines begins with `nnn-` and ends with `nnn ` and the same number
 * (RFC 959 section 4.2); GridFTP servers begin every one of its lines with `nnn-` or a blank.
 */
export class ReplyAssembler {
  #code: number | undefined
  #lines: string[] = []
  #bytes = 0

  /** The reply that this line ends, if it does. Throws ProtocolError when it cannot be part of one. */
  feed(line: string): Reply | undefined {
    // An empty line costs memory, too.
    this.#bytes += line.length + 16
    if (this.#bytes > mostBytes) throw new ProtocolError(`A reply has more than ${mostBytes} bytes.`)
    const head = /^([1-6]\d\d)(?:([ -])(.*))?$/s.exec(line)
    const code = head === null ? undefined : Number(head[1])
    if (this.#code === undefined) {
      if (code === undefined)
        throw new ProtocolError(`This is no reply of an FTP server: ${JSON.stringify(line.slice(0, 80))}.`)
      if (head?.[2] !== '-') return this.#end(code, head?.[3] ?? '')
      this.#code = code
      this.#lines.push(head[3] ?? '')
      return undefined
    }
    if (code === this.#code && head?.[2] !== '-') return this.#end(code, head?.[3] ?? '')
    this.#lines.push(code === this.#code ? (head?.[3] ?? '') : line)
    return undefined
  }

  #end(code: number, last: string): Reply {
    const reply = { code, lines: [...this.#lines, last] }
    this.#code = undefined
    this.#lines = []
    this.#bytes = 0
    return reply
  }
}

/**
 * A reply as it goes over the wire. Text that holds line ends becomes several lines; those that begin with a blank go as
 * they are, because clients look for facts in such lines only (RFC 2389 section 3.2, RFC 3659 section 7.2).
 */
export function writeReply(code: number, text: string | readonly string[]): string {
  const lines = (typeof text === 'string' ? [text] : text).flatMap(part => part.split(/[\r\n]+/))
  const last = lines.pop() ?? ''
  const written = lines.map((line, index) => (index > 0 && line.startsWith(' ') ? line : `${code}-${line}`))
  return [...written, `${code} ${last}`, ''].join('\r\n')
}
