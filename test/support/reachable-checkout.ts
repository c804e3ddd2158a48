import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './site.ts'

const parts = ['bin', 'node_modules', 'package.json', 'services', 'src', 'wsdl', 'test/fixtures']
let found: string | undefined

/**
 * A folder with what is tested here that other accounts of this host can read: the checkout itself, or a copy of it when
 * it lies where they cannot go. Only root can ask as another account; for anybody else it is the checkout.
 */
export function reachableCheckout(): string {
  found ??= process.getuid?.() !== 0 || isReadable(join(root, 'package.json')) ? root : copied()
  return found
}

function isReadable(path: string): boolean {
  try {
    execFileSync('setpriv', ['--reuid', '65534', '--regid', '65534', '--clear-groups', '--', 'test', '-r', path])
    return true
  } catch {
    return false
  }
}

function copied(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gridwrap-checkout-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  execFileSync('cp', ['-a', '--parents', '--', ...parts, folder], { cwd: root })
  execFileSync('chmod', ['-R', 'a+rX', '--', folder])
  return folder
}
