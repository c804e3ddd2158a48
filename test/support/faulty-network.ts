import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** What happens to a connection after so many bytes in one direction. */
export type Fault = 'drop' | 'stall' | 'corrupt' | 'truncate'

export interface Accident {
  readonly fault: Fault
  readonly afterBytes: number
}

/** TCP proxies on loopback, on whose connections accidents happen. */
export class FaultyNetwork implements Disposable {
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  readonly #accident: () => Accident | undefined
  /** Accidents that have happened. */
  accidents = 0

  /** `accident`: asked for each direction of each connection. */
  constructor(accident: () => Accident | undefined) {
    this.#accident = accident
  }

  /** A port behind which another one is. */
  async before(port: number, host = '127.0.0.1'): Promise<number> {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, client => {
      const target = connect({ host, port, noDelay: true, allowHalfOpen: true })
      this.#carry(client, target)
      this.#carry(target, client)
    })
    this.#servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  #carry(from: Socket, to: Socket): void {
    const accident = this.#accident()
    let carried = 0
    let done = false
    this.#sockets.add(from)
    const happen = (): void => {
      done = true
      this.accidents++
    }
    from.on('data', (chunk: Buffer) => {
      const before = carried
      carried += chunk.length
      if (accident === undefined || done || carried <= accident.afterBytes) {
        if (accident?.fault === 'stall' && done) return
        if (!to.destroyed && !to.write(chunk)) from.pause()
        return
      }
      const { fault, afterBytes } = accident
      happen()
      if (fault === 'corrupt') {
        const changed = Buffer.from(chunk)
        const place = afterBytes - before
        changed[place] = (changed[place] ?? 0) ^ 0x20
        to.write(changed)
        return
      }
      to.write(chunk.subarray(0, afterBytes - before))
      if (fault === 'truncate') {
        to.end()
        from.destroy()
      } else if (fault === 'drop') {
        to.resetAndDestroy()
        from.resetAndDestroy()
      }
    })
    to.on('drain', () => from.resume())
    from.on('end', () => {
      if (!(accident?.fault === 'stall' && done)) to.end()
    })
    from.on('error', () => to.destroy())
    from.on('close', () => {
      this.#sockets.delete(from)
      if (!(accident?.fault === 'stall' && done)) to.destroySoon()
    })
  }

  [Symbol.dispose](): void {
    for (const server of this.#servers) server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

/** A stream of numbers between 0 and 1 that is the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
