import { mkdir, open, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkpointInput } from '../application/checkpoint-input.ts'
import {
  type CheckpointManifest,
  manifestName,
  mostManifestBytes,
  notOurs,
  parseCheckpointManifest,
  stateFolder,
} from '../application/checkpoint-manifest.ts'
import type { Application, StateFiles, Values } from '../application/model.ts'
import { crashPoint } from '../core/crash-point.ts'
import { GridwrapError } from '../core/errors.ts'
import { copyMember, membersOf, readMember, type StoredMember } from '../files/archive.ts'
import { searchFor } from '../files/file-search.ts'
import { removeTree } from '../files/instance-directory.ts'
import { pathNames } from '../files/path-names.ts'
import { findState } from '../files/saved-state.ts'
import { isSafeState } from '../files/state-name.ts'

/** What a run goes on from: what lies in its work directory already, or what an archive was unpacked to. */
export type Restart =
  | { readonly from: 'work'; readonly state: string | undefined }
  | { readonly from: 'archive'; readonly state: string; readonly unpacked: string; readonly names: readonly string[] }

/**
 * What the next attempt of an instance goes on from: the state that an attempt before it has left, else the checkpoint
 * that its owner gave. Undefined: it begins. An archive is unpacked to the folder `unpacked` and held against its
 * checksums first.
 * @throws GridwrapError `invalid-input` when the archive is of no use for this application
 */
export async function findRestart(
  application: Application,
  values: Values,
  { work, unpacked, ranBefore }: { readonly work: string; readonly unpacked: string; readonly ranBefore: boolean },
): Promise<Restart | undefined> {
  const { checkpoint } = application
  if (checkpoint === undefined) return undefined
  const left = ranBefore ? await findState(work, checkpoint.state) : undefined
  if (left !== undefined) return { from: 'work', state: left.name }
  // What else a session has in its directory stays, whether or not it saved itself.
  if (ranBefore && application.session !== undefined) return { from: 'work', state: undefined }
  const given = values[checkpointInput]
  if (typeof given !== 'object' || !('file' in given)) return undefined
  await removeTree(unpacked)
  await mkdir(unpacked, { mode: 0o700 })
  const restart = await unpackArchive(given.file, application.name, checkpoint.state, unpacked)
  crashPoint('keeper.restart.after-unpack')
  return restart
}

type Given = Extract<Values[string], { readonly file: unknown }>['file']

async function unpackArchive(
  source: Given,
  application: string,
  states: readonly StateFiles[],
  unpacked: string,
): Promise<Restart> {
  const path = await pathOf(source, unpacked)
  await using archive = await open(path, 'r')
  let manifest: CheckpointManifest | undefined
  const names: string[] = []
  for await (const member of membersOf(archive)) {
    if (manifest === undefined) {
      if (member.name !== manifestName) throw notOurs(`it does not begin with ${manifestName}`)
      const text = await readMember(archive, member, mostManifestBytes)
      manifest = parseCheckpointManifest(text.toString('utf8'), application)
      continue
    }
    names.push(await unpackMember(archive, member, manifest, states, unpacked))
  }
  if (manifest === undefined) throw notOurs('it is empty')
  // It becomes a word of the command.
  if (!isSafeState(manifest.state)) throw notOurs(`${JSON.stringify(manifest.state)} is no name of a state`)
  const missing = manifest.files.find(file => !names.includes(file.name))
  if (missing !== undefined) throw notOurs(`${JSON.stringify(missing.name)} is missing in it`)
  if (!names.some(name => name === manifest.state || name.startsWith(`${manifest.state}/`)))
    throw notOurs(`the state ${JSON.stringify(manifest.state)} is missing in it`)
  return { from: 'archive', state: manifest.state, unpacked, names }
}

/** Bytes that came inside a call lie in memory as long as nothing was persisted: in runs without a container. */
async function pathOf(source: Given, unpacked: string): Promise<string> {
  if (source.kind === 'spooled') return source.path
  if (source.kind !== 'bytes' && source.kind !== 'text') throw notOurs('it is no file')
  const path = join(unpacked, '.archive')
  await using handle = await open(path, 'wx', 0o600)
  await handle.writeFile(source.kind === 'text' ? source.text : source.bytes)
  return path
}

/**
 * Whoever may start a program may give it state, and nothing else: no script, no input that the description writes. What
 * the state itself can do is the program's own affair.
 */
async function unpackMember(
  archive: Parameters<typeof copyMember>[0],
  member: StoredMember,
  manifest: CheckpointManifest,
  states: readonly StateFiles[],
  unpacked: string,
): Promise<string> {
  const name = member.name.startsWith(stateFolder) ? member.name.slice(stateFolder.length) : ''
  const told = manifest.files.find(file => file.name === name)
  if (told === undefined || told.size !== member.size)
    throw notOurs(`${JSON.stringify(member.name)} in it is not what ${manifestName} says`)
  if (!states.some(state => searchFor(state).matches(name)))
    throw notOurs(`${JSON.stringify(name)} in it is no state of the program`)
  const parts = pathNames(name)
  const place = join(unpacked, ...parts)
  await mkdir(dirname(place), { recursive: true, mode: 0o700 })
  await using target = await open(place, 'wx', 0o640).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOSPC') throw new GridwrapError('busy', 'The disk is full.', { cause: error })
    throw notOurs(`${JSON.stringify(name)} is in it twice`)
  })
  if ((await copyMember(archive, member, target)) !== told.sha256)
    throw notOurs(`${JSON.stringify(name)} in it is damaged`)
  return name
}

/** Moves what was unpacked to where the program looks for it; nothing else lies there yet, and the program has not run. */
export async function putState(
  work: string,
  { unpacked, names }: Extract<Restart, { from: 'archive' }>,
): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(work, name)), { recursive: true, mode: 0o750 })
    await rename(join(unpacked, name), join(work, name))
  }
  await removeTree(unpacked)
}
