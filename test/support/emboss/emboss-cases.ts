import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readDescription } from '../../../src/application/description.ts'
import { importAcd } from '../../../src/application/importers/acd/import-acd.ts'
import { writeDraft } from '../../../src/application/importers/draft-yaml.ts'
import { ImportError } from '../../../src/application/importers/import-error.ts'
import type { Application } from '../../../src/application/model.ts'
import type { HttpsConnection } from '../../../src/client/https-connection.ts'
import { ServiceProxy } from '../../../src/client/service-proxy.ts'
import { readAcdLog } from './acd-log.ts'
import { CaseInputs, NotMade } from './case-inputs.ts'
import { type QaCase, readQaCases } from './qatest.ts'
import { acdRoot, embossrc, embossTest, makeRawFolder, type RawRun, runRaw } from './raw-case.ts'
import { runAsService } from './service-case.ts'

export type Outcome =
  | { readonly kind: 'agrees' }
  /** The typed call does not exist: says why. */
  | { readonly kind: 'not-made'; readonly why: string }
  | { readonly kind: 'differs'; readonly what: readonly string[] }

/** Cases of EMBOSS's own suite: run raw, then called as imported services of a container. */
export class EmbossCases {
  readonly folder: string
  /** Those that pass raw, and how they ran. */
  readonly raw = new Map<QaCase, RawRun>()
  /** Milliseconds that the raw runs took, each without and with EMBOSS's log of its command line. */
  rawMilliseconds = 0
  readonly #databases = configuredDatabases()
  readonly #services = new Map<QaCase, string>()
  readonly #refused = new Map<QaCase, string>()
  readonly #proxies = new Map<string, Promise<ServiceProxy>>()

  constructor(folder: string) {
    this.folder = folder
    makeRawFolder(join(folder, 'raw'))
    mkdirSync(join(folder, 'services'))
    mkdirSync(join(folder, 'rc'))
    symlinkSync(join(embossrc, 'emboss-test'), join(folder, 'rc', '.embossrc'))
  }

  get services(): string {
    return join(this.folder, 'services')
  }

  static all(): readonly QaCase[] {
    return readQaCases(readFileSync(join(embossTest, 'qatest.dat'), 'latin1')).filter(one => one.kind === 'AP')
  }

  /** Runs cases outside of any container, so many at once, and keeps those that pass. */
  async runRaw(cases: readonly QaCase[], atOnce: number): Promise<void> {
    const began = performance.now()
    await each(cases, atOnce, async one => {
      const run = await runRaw(join(this.folder, 'raw'), one, false)
      if (run.failed.length === 0) this.raw.set(one, run)
    })
    this.rawMilliseconds = performance.now() - began
    // Once more, for the log only: some leave files that make another run of it something else.
    await each([...this.raw.keys()], atOnce, async one => {
      await runRaw(join(this.folder, 'raw'), { ...one, id: `${one.id}.log` }, true)
    })
  }

  /** Writes the descriptions: those of the programs, by the command that people use, and those of cases with a site of their own. */
  importAll(gridwrap: string): void {
    const programs = [...new Set([...this.raw.keys()].map(one => one.program))].filter(one =>
      existsSync(join(acdRoot, `${one}.acd`)),
    )
    const words = ['import', 'acd', ...programs, '--out', this.services, '--databases', this.#databases.join(',')]
    const variables = Object.entries(this.#environment()).flatMap(([name, value]) => [
      '--environment',
      `${name}=${value}`,
    ])
    const { status, stderr } = spawnSync(gridwrap, [...words, ...variables], { encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    for (const [index, one] of [...this.raw.keys()].entries()) this.#place(one, index)
  }

  #environment(): Readonly<Record<string, string>> {
    return { EMBOSSRC: join(this.folder, 'rc'), EMBOSS_DATA: '/usr/share/EMBOSS/data', EMBOSS_HOMERC: 'N' }
  }

  /** What a case sets before it runs is its site's configuration: it gets a description of its own. `acdc X` runs X's ACD. */
  #place(one: QaCase, index: number): void {
    const { folder } = this.raw.get(one) ?? { folder: '' }
    const set = one.before.flatMap(line => {
      const [, name, value] = /^\s*(\w+)=(.*)$/.exec(line) ?? []
      if (name === undefined || value === undefined) return []
      return [[name, /^\.\.?\//.test(value) ? resolve(folder, value) : value] as const]
    })
    const isAcdc = one.program === 'acdc'
    if (!isAcdc && set.every(([name]) => name === 'EMBOSS_ACDROOT')) {
      this.#services.set(one, one.program)
      return
    }
    const program = isAcdc ? (/^\s*(\S+)/.exec(one.commandLine)?.[1] ?? '') : one.program
    const root = set.find(([name]) => name === 'EMBOSS_ACDROOT')?.[1] ?? acdRoot
    const path = join(root, `${program}.acd`)
    const called = isAcdc ? `acdc ${program}` : existsSync(`/usr/bin/em_${program}`) ? `em_${program}` : program
    try {
      if (!existsSync(path)) throw new ImportError(path, undefined, 'it is not there')
      const environment = { ...this.#environment(), EMBOSS_ACDROOT: root, ...Object.fromEntries(set) }
      const draft = importAcd(readFileSync(path, 'latin1'), path, {
        ...{ program: called, databases: this.#databases, environment },
      })
      const name = `case-${index}`
      mkdirSync(join(this.services, name))
      writeFileSync(join(this.services, name, 'application.yaml'), writeDraft({ ...draft, name }, `${program}.acd`))
      this.#services.set(one, name)
    } catch (error) {
      if (!(error instanceof ImportError)) throw error
      this.#refused.set(one, error.message)
    }
  }

  /** Makes the same call to a container that has the descriptions. */
  async call(one: QaCase, url: string, connection: HttpsConnection): Promise<Outcome> {
    const refused = this.#refused.get(one)
    if (refused !== undefined) return one.exitCode === 0 ? { kind: 'differs', what: [refused] } : { kind: 'agrees' }
    const service = this.#services.get(one)
    const run = this.raw.get(one)
    if (service === undefined || run === undefined) throw new Error(`${one.id} did not pass raw`)
    if (!existsSync(join(this.services, service))) return { kind: 'not-made', why: `${one.program} has no ACD file` }
    try {
      const folder = `${run.folder}.log`
      const name = readdirSync(folder).find(file => file.endsWith('.acdlog'))
      const log = readAcdLog(name === undefined ? '' : readFileSync(join(folder, name), 'latin1'))
      const inputs = new CaseInputs(this.#application(service), run.folder, this.#databases).of(log, one.answers)
      const proxy = this.#proxies.get(service) ?? ServiceProxy.open(`${url}/services/${service}`, connection)
      this.#proxies.set(service, proxy)
      const what = await runAsService(await proxy, one, inputs, log, run)
      return what.length === 0 ? { kind: 'agrees' } : { kind: 'differs', what }
    } catch (error) {
      if (error instanceof NotMade) return { kind: 'not-made', why: error.message }
      throw error
    }
  }

  #application(service: string): Application {
    const path = join(this.services, service, 'application.yaml')
    return readDescription(readFileSync(path, 'utf8'), path)
  }
}

/** Runs so many at once, each as soon as there is room. */
export async function each<T>(list: readonly T[], atOnce: number, work: (one: T) => Promise<void>): Promise<void> {
  const left = list[Symbol.iterator]()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const one of left) await work(one)
    }),
  )
}

/** The databases of the tests, and those that EMBOSS brings. */
const configuredDatabases = (): readonly string[] => [
  ...new Set(
    [join(embossrc, 'emboss-test'), '/usr/share/EMBOSS/emboss.standard']
      .flatMap(path => [...readFileSync(path, 'latin1').matchAll(/^\s*(?:DB|DBNAME|ALIAS)\s+(\w+)/gim)])
      .map(match => (match[1] ?? '').toLowerCase()),
  ),
]
