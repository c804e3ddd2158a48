import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** An account of this host (passwd(5)). */
export interface SystemAccount {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

const execute = promisify(execFile)
const patienceMs = 20_000

/** What may be the name of an account: useradd(8)'s rule, and capitals and dots, which directories have. */
export const isAccountName = (text: string): boolean => /^[A-Za-z_.][A-Za-z0-9_.-]{0,63}$/.test(text)

/**
 * Looks an account up where this host looks (files, LDAP, SSSD: `getent` asks them all); undefined when there is none.
 * Throws what kept `getent` from answering.
 */
export async function findAccount(name: string): Promise<SystemAccount | undefined> {
  if (!isAccountName(name)) return undefined
  try {
    const { stdout } = await execute('getent', ['passwd', '--', name], { timeout: patienceMs, maxBuffer: 64 * 1024 })
    return parseAccount(stdout, name)
  } catch (error) {
    // getent(1): 2 is "no such key".
    if ((error as { readonly code?: unknown }).code === 2) return undefined
    throw error
  }
}

/** Pure: a line of passwd(5). One that speaks of somebody else is no answer. */
export function parseAccount(text: string, name: string): SystemAccount | undefined {
  const [found, , uid = '', gid = '', , home = ''] = text.split('\n')[0]?.split(':') ?? []
  if (found !== name || !/^\d{1,10}$/.test(uid) || !/^\d{1,10}$/.test(gid)) return undefined
  return { name, uid: Number(uid), gid: Number(gid), home: home.startsWith('/') ? home : '/' }
}

/** The ids of all groups that this host puts an account into (id(1)). Throws what kept `id` from answering. */
export async function groupsOf(name: string): Promise<readonly number[]> {
  const { stdout } = await execute('id', ['-G', '--', name], { timeout: patienceMs, maxBuffer: 1024 * 1024 })
  return stdout.trim().split(/\s+/).map(Number)
}
