import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { GridwrapError } from '../../core/errors.ts'
import { newId } from '../../core/ids.ts'
import { syncDirectory } from '../../files/sync-directory.ts'
import { writeDurably } from '../../files/write-durably.ts'
import { JournalReader } from './journal.ts'
import type { Pair } from './list-file.ts'
import { advance, newState, type SetState } from './set-state.ts'

/** What was asked for: on disk before anything is done. What is moved never changes; {@link SetTerms} may. */
export interface SetOrder extends SetTerms {
  readonly gridwrap: 1
  readonly created: number
  readonly label: string
  readonly pairs: readonly Pair[]
  readonly verify: 'required' | 'possible' | 'no'
  readonly algorithm?: string
  /** Where credentials and authorities were found; a later environment wins. */
  readonly environment: Readonly<Record<string, string>>
}

/** How a set moves. */
export interface SetTerms {
  /** Files at once. */
  readonly concurrency: number
  /** Attempts in a row that may come to nothing, of one file. */
  readonly attempts: number
  /** Flags of the command line that say how servers are spoken to. */
  readonly access: Readonly<Record<string, unknown>>
}

/** The folder of one set: its order, its journal (the truth), its log (for people). */
export class SetFolder {
  readonly id: string
  readonly path: string

  private constructor(id: string, path: string) {
    this.id = id
    this.path = path
  }

  get journal(): string {
    return join(this.path, 'journal.jsonl')
  }

  get log(): string {
    return join(this.path, 'log.txt')
  }

  get lock(): string {
    return join(this.path, 'worker.lock')
  }

  /** How many bytes of the files that move have come: a guess for people, which nothing rests on. */
  get progress(): string {
    return join(this.path, 'progress.json')
  }

  /** There when the set is not wanted any more. */
  get cancelMark(): string {
    return join(this.path, 'cancel')
  }

  /** Makes a set; it is whole on disk when this resolves. */
  static async create(order: SetOrder): Promise<SetFolder> {
    const id = newId().slice(0, 12)
    const path = join(setsDirectory(), id)
    await mkdir(path, { recursive: true, mode: 0o700 })
    await writeDurably(join(path, 'set.json'), Buffer.from(JSON.stringify(order)), 0o600)
    await syncDirectory(path)
    return new SetFolder(id, path)
  }

  /** The set that people mean: an id or its beginning, a label, or `last`. Throws GridwrapError. */
  static async find(word: string): Promise<SetFolder> {
    const all = await SetFolder.all()
    const [newest] = all
    if (word === 'last' && newest !== undefined) return newest.folder
    const found = all.filter(({ folder, order }) => folder.id.startsWith(word) || order.label === word)
    const [one, ...others] = found
    if (one !== undefined && (others.length === 0 || one.folder.id === word)) return one.folder
    throw new GridwrapError(
      'not-found',
      one === undefined
        ? `There is no transfer ${JSON.stringify(word)}.`
        : `${JSON.stringify(word)} means ${found.length} transfers.`,
      { hint: 'gridwrap transfer list shows yours.' },
    )
  }

  /** All sets of this account, the newest first. */
  static async all(): Promise<readonly { readonly folder: SetFolder; readonly order: SetOrder }[]> {
    const names = await readdir(setsDirectory()).catch(() => [])
    const sets = await Promise.all(
      names.map(async name => {
        const folder = new SetFolder(name, join(setsDirectory(), name))
        // One that was never whole was never acknowledged.
        const order = await folder.order().catch(() => undefined)
        return order === undefined ? [] : [{ folder, order }]
      }),
    )
    return sets.flat().sort((a, b) => b.order.created - a.order.created)
  }

  async order(): Promise<SetOrder> {
    return JSON.parse(await readFile(join(this.path, 'set.json'), 'utf8')) as SetOrder
  }

  /** Changes how it moves, from its next run on. */
  async setTerms(terms: SetTerms): Promise<void> {
    const unfinished = join(this.path, `set.json.${newId()}~`)
    await writeDurably(unfinished, Buffer.from(JSON.stringify({ ...(await this.order()), ...terms })), 0o600)
    await rename(unfinished, join(this.path, 'set.json'))
  }

  async state(): Promise<SetState> {
    return await (await this.follow())()
  }

  /** Answers how it stands, whenever it is called; only what came since is read. */
  async follow(): Promise<() => Promise<SetState>> {
    const state = newState((await this.order()).pairs)
    const journal = new JournalReader(this.journal)
    return async () => {
      advance(state, await journal.next())
      return state
    }
  }

  async cancel(): Promise<void> {
    await writeFile(this.cancelMark, '', { mode: 0o600 })
  }

  async uncancel(): Promise<void> {
    await rm(this.cancelMark, { force: true })
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
  }
}

const setsDirectory = (): string =>
  join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'gridwrap', 'transfers')
