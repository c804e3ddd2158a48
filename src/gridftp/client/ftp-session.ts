import { GridwrapError } from '../../core/errors.ts'
import { endEntityOf } from '../../gsi/proxy-generation.ts'
import type { DataTerms, Protection } from '../data/data-terms.ts'
import { type Features, readFeatures } from '../protocol/features.ts'
import type { Reply } from '../protocol/reply.ts'
import { ControlChannel } from './control-channel.ts'
import { logIn, logInWithGsi } from './log-in.ts'
import { requirePositive } from './reply-fault.ts'
import type { SessionOptions } from './session-options.ts'

/** How one transfer travels. */
export interface TransferSettings {
  /** Stream (RFC 959) or extended blocks (GFD.20). Default: nothing is moved, and only the type matters. */
  readonly mode?: 'S' | 'E'
  /** Connections at once that the server opens in extended mode. */
  readonly streams?: number
  /** The server's TCP buffers, in bytes. */
  readonly tcpBuffer?: number | undefined
}

/** How long data connections wait for the next file. */
const keptMs = 1000

/** A logged-in connection to one server, with what was agreed on it. One transfer at a time. */
export class FtpSession implements Disposable {
  readonly channel: ControlChannel
  readonly options: SessionOptions
  readonly data: DataTerms
  #features: Features | undefined
  /** What the server was told last, by the word it was told with. */
  readonly #told = new Map<string, string>()
  #kept: Disposable | undefined
  #keptUntil: NodeJS.Timeout | undefined
  #keeps = true

  private constructor(channel: ControlChannel, options: SessionOptions) {
    this.channel = channel
    channel.onClosed(() => this.takeKept()?.[Symbol.dispose]())
    this.options = options
    this.data = dataTerms(options)
  }

  /** Connects and logs in. Throws GridwrapError, or what node:net throws. */
  static async open(options: SessionOptions): Promise<FtpSession> {
    const { host, port, logIn: terms, signal } = options
    signal?.throwIfAborted()
    const data = dataTerms(options)
    if (!data.authenticate && (options.protection ?? 'clear') !== 'clear')
      throw new GridwrapError(
        'invalid-input',
        `Data connections cannot be ${options.protection} without being authenticated.`,
        {
          hint: 'Leave data channel authentication on, with a credential that is delegated.',
        },
      )
    const channel = await ControlChannel.connect({
      host,
      port,
      address: options.address,
      connectTimeoutMs: options.connectTimeoutMs ?? 30_000,
      idleTimeoutMs: options.idleTimeoutMs ?? 60_000,
      listener: options.listener,
      signal,
    })
    const stop = (): void =>
      channel.close(signal?.reason instanceof Error ? signal.reason : new Error('It was stopped.'))
    signal?.addEventListener('abort', stop, { once: true })
    try {
      if (terms.with === 'password') await logIn(channel, terms.user, terms.password, host)
      else await logInWithGsi(channel, { ...terms, host, delegation: terms.delegation ?? 'limited' }, terms.user)
      return new FtpSession(channel, options)
    } catch (error) {
      channel[Symbol.dispose]()
      throw error
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  /** One command and its reply. Throws GridwrapError when the server refuses. `what`: what did not work then. */
  async ask(line: string, what: string): Promise<Reply> {
    return requirePositive(await this.channel.exchange(line), what)
  }

  /** What the server can do; asked for once. */
  async features(): Promise<Features> {
    this.#features ??= readFeatures(await this.channel.exchange('FEAT'))
    return this.#features
  }

  /** Tells the server how the next transfer travels, as far as it does not know. All at once: one round trip. */
  async agree({ mode, streams, tcpBuffer }: TransferSettings): Promise<void> {
    const wanted: [string, string][] = [['TYPE', 'I']]
    // A server that knows only streams need not be asked for them.
    if (mode === 'E' || (mode === 'S' && this.#told.has('MODE'))) wanted.push(['MODE', mode])
    if (mode !== undefined) wanted.push(...protections(this.options, this.data))
    if (mode === 'E' && streams !== undefined)
      wanted.push(['OPTS RETR', `Parallelism=${streams},${streams},${streams};`])
    if (tcpBuffer !== undefined) wanted.push(['SBUF', String(tcpBuffer)])
    const unknown = wanted.filter(([word, value]) => this.#told.get(word) !== value)
    // They were made by other terms.
    if (unknown.length > 0) this.takeKept()?.[Symbol.dispose]()
    await Promise.all(
      unknown.map(async ([word, value]) => {
        await this.ask(`${word} ${value}`, `${this.options.host} does not take ${word} ${value}`)
        this.#told.set(word, value)
      }),
    )
  }

  /** Leaves data connections for the next transfer, for a while; a new address for data voids them at the server. */
  keep(data: Disposable): void {
    this.takeKept()?.[Symbol.dispose]()
    if (this.channel.closed !== undefined || !this.#keeps) {
      data[Symbol.dispose]()
      return
    }
    this.#kept = data
    // Ports are few, and others want them.
    this.#keptUntil = setTimeout(() => this.takeKept()?.[Symbol.dispose](), keptMs)
    this.#keptUntil.unref()
  }

  /** From now on every file has data connections of its own. */
  keepNoMore(): void {
    this.#keeps = false
  }

  /** The data connections that were left, which are the caller's now. */
  takeKept(): Disposable | undefined {
    const kept = this.#kept
    this.#kept = undefined
    clearTimeout(this.#keptUntil)
    return kept
  }

  /** Says good-bye without waiting for an answer, and closes. */
  [Symbol.dispose](): void {
    this.takeKept()?.[Symbol.dispose]()
    this.channel[Symbol.dispose]()
  }
}

const words: Readonly<Record<Protection, string>> = { clear: 'C', safe: 'S', private: 'P' }

/** PBSZ comes before PROT (RFC 2228 section 3); without a word from the client, data is authenticated and in the clear. */
function protections(
  { protection = 'clear', dataAuthentication, logIn: terms }: SessionOptions,
  data: DataTerms,
): [string, string][] {
  if (terms.with !== 'gsi') return []
  if (!data.authenticate) return [['DCAU', 'N']]
  const dcau: [string, string][] =
    typeof dataAuthentication === 'object' ? [['DCAU', `S ${dataAuthentication.subject}`]] : []
  return protection === 'clear' ? dcau : [...dcau, ['PBSZ', '1048576'], ['PROT', words[protection]]]
}

function dataTerms({ logIn: terms, dataAuthentication, protection = 'clear' }: SessionOptions): DataTerms {
  if (terms.with !== 'gsi' || dataAuthentication === 'none' || terms.delegation === 'none')
    return { authenticate: false }
  const { credential, trust, path } = terms
  const own = (endEntityOf(credential.certificates) ?? credential.certificate).subject.slash
  // The server's end presents the proxy that was delegated to it, whatever subject it was told to expect of ours.
  return {
    authenticate: true,
    protection,
    credential,
    trust,
    ...(path === undefined ? {} : { path }),
    expect: { mode: 'identity', subject: own },
  }
}
