import { statSync } from 'node:fs'
import type { Log } from '../core/log.ts'
import { type Credential, readCredential } from '../gsi/credential.ts'
import { endEntityOf } from '../gsi/proxy-generation.ts'

const lookEveryMs = 5000

/** The host's certificate and key, read again when their files change. A broken renewal is logged and the old one stays. */
export class HostCredential implements Disposable {
  readonly #files: { readonly certificate: string; readonly key: string }
  readonly #log: Log
  readonly #timer: NodeJS.Timeout
  #current: Credential
  #stamp: string
  #tell: (credential: Credential) => void = () => {}

  /** Throws GridwrapError when the files cannot be used. */
  constructor(files: { readonly certificate: string; readonly key: string }, log: Log) {
    this.#files = files
    this.#log = log
    this.#stamp = this.#look()
    this.#current = this.#read()
    this.#timer = setInterval(() => this.#reload(), lookEveryMs).unref()
  }

  get current(): Credential {
    return this.#current
  }

  /** The distinguished name of the end entity behind it. */
  get identity(): string {
    const { certificate, certificates } = this.#current
    return (endEntityOf(certificates) ?? certificate).subject.slash
  }

  onChange(tell: (credential: Credential) => void): void {
    this.#tell = tell
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #reload(): void {
    try {
      const stamp = this.#look()
      if (stamp === this.#stamp) return
      this.#stamp = stamp
      this.#current = this.#read()
      this.#tell(this.#current)
      this.#log.info({ file: this.#files.certificate }, 'the host credential was read again')
    } catch (error) {
      this.#log.error(
        { file: this.#files.certificate, err: error },
        'the host credential has changed and cannot be used; the old one stays',
      )
    }
  }

  #look(): string {
    return [this.#files.certificate, this.#files.key].map(file => statSync(file).mtimeMs).join(' ')
  }

  #read(): Credential {
    return readCredential({ file: this.#files.certificate, keyFile: this.#files.key })
  }
}
