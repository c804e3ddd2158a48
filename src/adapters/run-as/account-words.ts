import type { SystemAccount } from '../../core/system-account.ts'

type Ids = Pick<SystemAccount, 'uid' | 'gid'>

const asAccount = ({ uid, gid }: Ids): readonly string[] => [
  'setpriv',
  '--reuid',
  String(uid),
  '--regid',
  String(gid),
  '--init-groups',
]

/**
 * The words that make a program another account's (setpriv(1)): its user, its group, the groups that the host says it has,
 * and no capability of ours; nor can it come by new ones by way of setuid files.
 */
export const accountWords = (account: Ids): readonly string[] => [
  ...asAccount(account),
  '--inh-caps=-all',
  '--ambient-caps=-all',
  '--no-new-privs',
  '--',
]

/**
 * What the launcher can do beyond any process of its account (capabilities(7)): become other accounts, signal their
 * programs, read what belongs to them, and give files to them. Files are not written by right of any of these, so that a
 * link that is put in its way leads nowhere.
 */
const launcherCapabilities = ['setuid', 'setgid', 'kill', 'chown', 'sys_ptrace', 'dac_read_search']

const capabilityWords = (names: readonly string[]): readonly string[] => {
  const list = ['-all', ...names.map(name => `+${name}`)].join(',')
  return [`--inh-caps=${list}`, `--ambient-caps=${list}`]
}

/** The words with which root starts the launcher: as the container's account, with its capabilities. */
export const launcherWords = (account: Ids): readonly string[] => [
  ...asAccount(account),
  ...capabilityWords(launcherCapabilities),
  '--',
]

/** What needs no right but those of the container's account. */
export const withoutCapabilities: readonly string[] = ['setpriv', '--inh-caps=-all', '--ambient-caps=-all', '--']

/** The shell that runs the wrapper, from within the launcher: it needs no more than to become the account. */
export const wrapperShell: readonly string[] = ['setpriv', ...capabilityWords(['setuid', 'setgid']), '--', '/bin/sh']
