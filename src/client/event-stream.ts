/** One message of a stream of Server-Sent Events. */
export interface StreamedEvent {
  readonly id: string
  readonly event: string
  readonly data: string
}

const mostCharacters = 1_000_000

/**
 * Takes Server-Sent Events apart (the HTML standard, section 9.2.6), as they come in pieces. Throws an Error for one that
 * does not end.
 */
export class EventStreamParser {
  #held = ''
  #id = ''
  #event = ''
  #data: string[] = []

  /** The events that are whole with this piece. */
  push(piece: string): readonly StreamedEvent[] {
    const lines = (this.#held + piece).split(/\r\n|\n|\r(?!$)/)
    this.#held = lines.pop() ?? ''
    if (this.#held.length > mostCharacters) throw new Error('A line of the event stream does not end.')
    return lines.flatMap(line => this.#line(line))
  }

  #line(line: string): readonly StreamedEvent[] {
    if (line === '') return this.#end()
    const colon = line.indexOf(':')
    // A comment, which says that the connection lives.
    if (colon === 0) return []
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'id') this.#id = value
    else if (field === 'event') this.#event = value
    else if (field === 'data') this.#data.push(value)
    if (this.#data.length > 10_000) throw new Error('An event of the stream does not end.')
    return []
  }

  #end(): readonly StreamedEvent[] {
    const data = this.#data
    const event = { id: this.#id, event: this.#event === '' ? 'message' : this.#event, data: data.join('\n') }
    this.#event = ''
    this.#data = []
    return data.length === 0 ? [] : [event]
  }
}
