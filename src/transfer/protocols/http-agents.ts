import { Agent as HttpAgent } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { bareHost } from '../../core/http-address.ts'
import { GsiAgent } from '../../gsi/gsi-agent.ts'
import type { Access } from '../access.ts'

/** The connections to one web server, and to where it sends. */
export interface HttpAgents {
  /** For the server that was named: it learns who asks. */
  readonly own: GsiAgent
  /** For where it sends to. */
  readonly https: GsiAgent
  readonly http: HttpAgent
}

export function openAgents({ credential, trust, connectTimeoutMs = 30_000, token, resolve }: Access): HttpAgents {
  const agent = (own: boolean): GsiAgent =>
    new GsiAgent({
      credential: own && token === undefined ? optional(credential) : undefined,
      trust: trust(),
      webAuthorities: true,
      context: 'tls',
      alpn: ['http/1.1'],
      timeoutMs: connectTimeoutMs,
      resolve,
    })
  return { own: agent(true), https: agent(false), http: new CheckedAgent(resolve) }
}

/** Connections in the clear, to addresses that may be connected to. */
class CheckedAgent extends HttpAgent {
  readonly #resolve: Access['resolve']

  constructor(resolve: Access['resolve']) {
    super({ keepAlive: true })
    this.#resolve = resolve
  }

  /** node:http takes what comes with the callback when nothing is returned. */
  override createConnection(
    { host, port }: { readonly host?: string | null; readonly port?: number | string | null },
    callback?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const name = bareHost(host ?? 'localhost')
    Promise.resolve(this.#resolve?.(name) ?? name).then(
      address => callback?.(null, connect({ host: address, port: Number(port ?? 80), noDelay: true })),
      (error: unknown) => callback?.(error instanceof Error ? error : new Error(String(error)), undefined as never),
    )
    return undefined
  }
}

/** Who has no credential is nobody in particular: much on the web is for everybody. */
function optional<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
