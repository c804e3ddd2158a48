import { findAccount, type SystemAccount } from '../core/system-account.ts'
import { type Configuration, ConfigurationError } from './configuration.ts'
import { makeFolder } from './root-checks.ts'

/** The account of the container itself, when programs run as others. Throws ConfigurationError when there is none, or it is root. */
export async function serviceAccount({ run }: Pick<Configuration, 'run'>): Promise<SystemAccount> {
  const name = run['service-account']
  const account = await findAccount(name)
  if (account === undefined) {
    throw new ConfigurationError(
      `run: service-account: there is no account ${name} on this host. Make one: useradd --system --user-group --no-create-home --shell /usr/sbin/nologin ${name}`,
    )
  }
  if (account.uid === 0 || account.gid === 0)
    throw new ConfigurationError(`run: service-account: ${name} is root, or in its group; take an account of its own.`)
  return account
}

/**
 * For commands of an administrator: when programs run as accounts of their owners, the container's files are its own
 * account's, and so is what a command of root writes. Root goes on as that account, for good.
 */
export async function becomeServiceAccount(configuration: Pick<Configuration, 'run' | 'data'>): Promise<void> {
  if (configuration.run.accounts === undefined || process.getuid?.() !== 0) return
  const service = await serviceAccount(configuration)
  const { uid, gid } = service
  await makeFolder(configuration.data, 0o700, service, 'data')
  process.setgroups?.([gid])
  process.setgid?.(gid)
  process.setuid?.(uid)
}
