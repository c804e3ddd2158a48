import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { missing } from './peer.ts'

/** Whether file systems can be mounted, as {@link SmallDisk} does; said loudly when not. */
export const mayMount = (): boolean =>
  tryMount() || missing('A full disk is not tested, because this account may not mount a file system.')

/** A file system of its own, so small that it can be filled. */
export class SmallDisk implements Disposable {
  readonly folder: string

  /** Mounts one in a folder that is made for it. `size`: as `16m`. */
  constructor(folder: string, size: string) {
    this.folder = folder
    mkdirSync(folder)
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', folder])
  }

  resize(size: string): void {
    execFileSync('mount', ['-o', `remount,size=${size}`, this.folder])
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['-l', this.folder])
  }
}

function tryMount(): boolean {
  const place = mkdtempSync(join(tmpdir(), 'gridwrap-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', place], { stdio: 'ignore' })
    execFileSync('umount', [place])
    return true
  } catch {
    return false
  } finally {
    rmdirSync(place)
  }
}
