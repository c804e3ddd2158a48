import type { Agent } from 'node:http'
import type { Duplex } from 'node:stream'

/** Closes connections that agents keep for later, when nobody wanted them for a while. */
export class IdleSockets {
  readonly #agents = new Set<Agent>()
  /** Those that were idle at the last look. */
  #idle = new Set<Duplex>()

  /** `idleMs`: after so long at least, and twice that at most. */
  constructor(idleMs: number) {
    setInterval(() => this.#look(), idleMs).unref()
  }

  /** As long as it has connections, or is used. */
  watch(agent: Agent): void {
    this.#agents.add(agent)
  }

  #look(): void {
    const before = this.#idle
    this.#idle = new Set()
    for (const agent of this.#agents)
      for (const socket of Object.values(agent.freeSockets).flatMap(sockets => sockets ?? []))
        if (before.has(socket)) socket.destroy()
        else this.#idle.add(socket)
  }
}
