import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { monotonic } from '../../core/clock.ts'
import { type Certificate, parseCertificate } from '../certificate.ts'
import { readPem } from '../pem.ts'
import { isVoName } from './fqan.ts'
import { parseLsc } from './lsc.ts'

/** Who may sign attribute certificates of one VO: chains of names, or certificates themselves. */
export interface VomsSigners {
  readonly chains: readonly (readonly string[])[]
  readonly certificates: readonly Certificate[]
}

export interface VomsDirectoryOptions {
  /** Told of every broken file, once a contents. */
  readonly log?: { warn(details: object, message: string): void }
  /** How long what was read is taken for current, in milliseconds. Default 1000. */
  readonly checkEveryMs?: number
}

interface Loaded {
  readonly stamp: string
  readonly chains: readonly (readonly string[])[]
  readonly certificates: readonly Certificate[]
}

const nothing: Loaded = { stamp: '', chains: [], certificates: [] }
const mostBytes = 262_144
const mostFiles = 256
const mostVos = 256

/**
 * A directory of those who speak for VOs, in the layout of X509_VOMS_DIR: `VO/HOST.lsc`, and certificates as `VO/*.pem`
 * (or `*.pem` for every VO). Kept current while files come and go; what cannot be read speaks for nobody.
 */
export class VomsDirectory {
  readonly directory: string
  readonly #options: VomsDirectoryOptions
  readonly #files = new Map<string, Loaded>()
  readonly #signers = new Map<string, { readonly read: number; readonly signers: VomsSigners }>()

  constructor(directory: string, options: VomsDirectoryOptions = {}) {
    this.directory = directory
    this.#options = options
  }

  /** Who may sign for a VO as its server `host`. */
  signers(vo: string, host: string): VomsSigners {
    if (!isVoName(vo) || !/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(host)) return nothing
    const key = `${vo}\n${host.toLowerCase()}`
    const known = this.#signers.get(key)
    if (known !== undefined && monotonic() - known.read < (this.#options.checkEveryMs ?? 1000)) return known.signers
    // Callers choose the names that are asked for.
    if (this.#signers.size >= mostVos) this.#signers.clear()
    const signers = this.#read(vo, host)
    this.#signers.set(key, { read: monotonic(), signers })
    return signers
  }

  #read(vo: string, host: string): VomsSigners {
    const folder = join(this.directory, vo)
    const names = list(folder)
    const lsc = names.find(name => name.toLowerCase() === `${host.toLowerCase()}.lsc`)
    const pems = [
      ...names.filter(isPem).map(name => join(folder, name)),
      ...list(this.directory)
        .filter(isPem)
        .map(name => join(this.directory, name)),
    ]
    return {
      chains: lsc === undefined ? [] : this.#file(join(folder, lsc)).chains,
      certificates: pems.flatMap(path => this.#file(path).certificates),
    }
  }

  #file(path: string): Loaded {
    let stamp = 'unreadable'
    try {
      const { size, mtimeNs, ino } = statSync(path, { bigint: true })
      stamp = `${size}:${mtimeNs}:${ino}`
      const known = this.#files.get(path)
      if (known?.stamp === stamp) return known
      if (size > mostBytes) throw new Error(`It has ${size} bytes, more than ${mostBytes}.`)
      return this.#keep(path, { ...nothing, stamp, ...parse(path) })
    } catch (error) {
      if (this.#files.get(path)?.stamp !== stamp)
        this.#options.log?.warn(
          { file: path, why: error instanceof Error ? error.message : String(error) },
          'a file of the VOMS directory is broken; it speaks for nobody',
        )
      return this.#keep(path, { ...nothing, stamp })
    }
  }

  #keep(path: string, loaded: Loaded): Loaded {
    this.#files.set(path, loaded)
    return loaded
  }
}

const isPem = (name: string): boolean => name.endsWith('.pem')

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter(name => /\.(?:pem|lsc)$/i.test(name))
      .sort()
      .slice(0, mostFiles)
  } catch {
    return []
  }
}

function parse(path: string): Pick<Loaded, 'chains'> | Pick<Loaded, 'certificates'> {
  const text = readFileSync(path, 'latin1')
  if (!isPem(path)) return { chains: parseLsc(Buffer.from(text, 'latin1').toString('utf8')) }
  return {
    certificates: readPem(text).flatMap(block =>
      block.label === 'CERTIFICATE' && block.bytes !== undefined ? [parseCertificate(block.bytes)] : [],
    ),
  }
}
