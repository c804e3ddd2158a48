import { lookup } from 'node:dns/promises'
import { stat } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { posix } from 'node:path'
import { GridwrapError } from '../core/errors.ts'
import { type Location, serverOf } from './location.ts'

/** A file that is copied onto itself is emptied before it is read. Throws GridwrapError (`invalid-input`). */
export async function requireTwoPlaces(source: Location, destination: Location): Promise<void> {
  const [local, remote] = source.scheme === 'file' ? [source, destination] : [destination, source]
  const same =
    local.scheme === 'file' && remote.scheme === 'file'
      ? await isSameFile(source.path, destination.path)
      : local.scheme === 'file' && /ftp$/.test(remote.scheme)
        ? posix.normalize(local.path) === posix.normalize(remote.path) && (await isThisMachine(remote.host))
        : serverOf(source) === serverOf(destination) &&
          posix.normalize(source.path) === posix.normalize(destination.path)
  if (same) throw new GridwrapError('invalid-input', `${source.text} and ${destination.text} are the same file.`)
}

/** A server of this machine shows its files under the same paths. */
async function isThisMachine(host: string): Promise<boolean> {
  const own = new Set(Object.values(networkInterfaces()).flatMap(all => (all ?? []).map(({ address }) => address)))
  const addresses = await lookup(host, { all: true }).catch(() => [])
  return addresses.some(({ address }) => own.has(address))
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map(path => stat(path).catch(() => undefined)))
  return a !== undefined && b !== undefined && a.isFile() && a.dev === b.dev && a.ino === b.ino
}
