import { Agent, type AgentOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import { bareHost } from '../core/http-address.ts'
import { connectGsi, type GsiConnectOptions } from './gsi-connect.ts'

/** How connections are made, but for where to. */
export interface GsiTerms extends Omit<GsiConnectOptions, 'host' | 'port' | 'address'> {
  /** The address to connect to for a host, when not everybody may be connected to. */
  readonly resolve?: ((host: string) => Promise<string>) | undefined
}

/** Keeps connections whose peers were authenticated as GSI does it, and, with delegation, got a credential. */
export class GsiAgent extends Agent {
  readonly #terms: GsiTerms

  constructor(terms: GsiTerms, options: AgentOptions = {}) {
    super({ keepAlive: true, ...options })
    this.#terms = terms
  }

  /** node:http takes what comes with the callback when nothing is returned. */
  override createConnection(
    { host, port }: { readonly host?: string | null; readonly port?: number | string | null },
    callback?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const target = { host: bareHost(host ?? 'localhost'), port: Number(port ?? 443) }
    this.#connect(target).then(
      ({ socket }) => {
        callback?.(null, socket)
        // It comes paused, which no later listener would undo.
        socket.resume()
      },
      // The socket is not looked at when there is an error.
      (error: unknown) => callback?.(error instanceof Error ? error : new Error(String(error)), undefined as never),
    )
    return undefined
  }

  async #connect(target: { readonly host: string; readonly port: number }): ReturnType<typeof connectGsi> {
    const { resolve, ...terms } = this.#terms
    const address = await resolve?.(target.host)
    return connectGsi({ ...terms, ...target, ...(address === undefined ? {} : { address }) })
  }
}
