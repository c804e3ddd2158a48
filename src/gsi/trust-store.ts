import { monotonic } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import type { Certificate } from './certificate.ts'
import type { Crl } from './crl.ts'
import type { Namespaces } from './namespaces-file.ts'
import type { SigningPolicy } from './signing-policy.ts'
import { oldSubjectHash, subjectHash } from './subject-hash.ts'
import { makeTrustAnchors, nameKey, type TrustAnchors, type Unusable } from './trust-anchors.ts'
import { listTrustFiles, readTrustFile, type TrustFile, type TrustFileContent } from './trust-files.ts'

export interface TrustStoreOptions {
  /** Told once of every broken file, and again when its contents have changed and are still broken. */
  readonly log?: { warn(details: object, message: string): void }
  /** How long what was read is taken for current, in milliseconds. Default 1000. */
  readonly checkEveryMs?: number
}

/** The trusted authorities of a directory in the layout of X509_CERT_DIR, kept current while files come and go. */
export interface TrustStore {
  readonly directory: string
  /** Counts up with every change that was noticed. */
  readonly generation: number
  /** The authorities as of now; looks at the directory at most once in `checkEveryMs`, and reads only what changed. */
  current(): TrustAnchors
  /** Looks at the directory at once. */
  reload(): TrustAnchors
}

interface Loaded {
  readonly file: TrustFile
  readonly content: TrustFileContent
}

/** Opens a directory of trusted authorities. Throws GridwrapError when there is no such directory. */
export function openTrustStore(directory: string, options: TrustStoreOptions = {}): TrustStore {
  const store = new DirectoryTrustStore(directory, options)
  store.open()
  return store
}

class DirectoryTrustStore implements TrustStore {
  readonly directory: string
  readonly #options: TrustStoreOptions
  #files: ReadonlyMap<string, Loaded> = new Map()
  #anchors: TrustAnchors = makeTrustAnchors({ certificates: [] })
  #checked = Number.NEGATIVE_INFINITY
  #missing = false

  constructor(directory: string, options: TrustStoreOptions) {
    this.directory = directory
    this.#options = options
  }

  get generation(): number {
    return this.#anchors.generation
  }

  open(): void {
    try {
      this.#look(listTrustFiles(this.directory))
    } catch (error) {
      throw new GridwrapError('internal', `The directory of trusted authorities "${this.directory}" cannot be read.`, {
        hint: 'Set X509_CERT_DIR, or trustedAuthorities in the configuration, to a directory of CA certificates.',
        cause: error,
      })
    }
  }

  current(): TrustAnchors {
    return monotonic() - this.#checked < (this.#options.checkEveryMs ?? 1000) ? this.#anchors : this.reload()
  }

  reload(): TrustAnchors {
    try {
      this.#look(listTrustFiles(this.directory))
      this.#missing = false
    } catch (error) {
      // Fails closed: nobody is trusted while nobody can say who is.
      if (!this.#missing) {
        this.#options.log?.warn({ directory: this.directory, err: error }, 'the trusted authorities cannot be read')
      }
      this.#missing = true
      this.#look([])
    }
    return this.#anchors
  }

  #look(files: readonly TrustFile[]): void {
    this.#checked = monotonic()
    const same = (file: TrustFile): boolean => this.#files.get(file.name)?.file.stamp === file.stamp
    if (this.generation > 0 && files.length === this.#files.size && files.every(same)) return
    const loaded = new Map<string, Loaded>()
    for (const file of files) {
      const before = this.#files.get(file.name)
      loaded.set(file.name, before !== undefined && same(file) ? before : this.#load(file, before))
    }
    this.#files = loaded
    this.#anchors = assemble([...loaded.values()], this.generation + 1)
  }

  #load(file: TrustFile, before: Loaded | undefined): Loaded {
    const content = readTrustFile(this.directory, file)
    if (content.kind !== 'broken') return { file, content }
    const kept = file.kind === 'crl' && before?.content.kind === 'crl'
    this.#options.log?.warn(
      { file: `${this.directory}/${file.name}`, why: content.why },
      kept
        ? 'a revocation list is broken; the one before it stays in force'
        : 'a file of the trusted authorities is broken',
    )
    // A list that is being written in place must not let the revoked in; the one before has its own date of expiry.
    return { file, content: kept ? before.content : content }
  }
}

function assemble(files: readonly Loaded[], generation: number): TrustAnchors {
  const certificates: Certificate[] = files.flatMap(({ content }) =>
    content.kind === 'certificate' ? content.certificates : [],
  )
  const crls = new Map<string, (Crl | Unusable)[]>()
  const addCrl = (key: string, crl: Crl | Unusable): void => void crls.set(key, [...(crls.get(key) ?? []), crl])
  for (const { content } of files) if (content.kind === 'crl') addCrl(nameKey(content.crl.issuer), content.crl)

  const signingPolicies = new Map<string, SigningPolicy | Unusable>()
  const namespaces = new Map<string, Namespaces | Unusable>()
  for (const certificate of certificates) {
    const key = nameKey(certificate.subject)
    // Files that cannot speak for themselves belong to the authority whose hash is their name.
    const hashes = [subjectHash(certificate.subject), oldSubjectHash(certificate.subject)]
    for (const { file, content } of files) {
      if (!hashes.includes(file.hash)) continue
      if (content.kind === 'signing-policy') signingPolicies.set(key, content.policy)
      if (content.kind === 'namespaces') namespaces.set(key, content.namespaces)
      if (content.kind !== 'broken') continue
      if (content.of === 'namespaces' && !namespaces.has(key)) namespaces.set(key, { unusable: content.why })
      if (content.of === 'crl') addCrl(key, { unusable: `${file.name} is broken. ${content.why}` })
      if (content.of === 'signing-policy' && !signingPolicies.has(key))
        signingPolicies.set(key, { unusable: content.why })
    }
  }
  return makeTrustAnchors({ certificates, crls, signingPolicies, namespaces, generation })
}
