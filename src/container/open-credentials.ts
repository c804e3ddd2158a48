import type { ProblemLog } from '../core/log.ts'
import { CredentialKeep } from '../delegation/credential-keep.ts'
import { CredentialSupply } from '../delegation/credential-supply.ts'
import { MyproxySource } from '../delegation/myproxy-source.ts'
import type { Credential } from '../gsi/credential.ts'
import type { PathOptions } from '../gsi/path-validation.ts'
import type { TrustStore } from '../gsi/trust-store.ts'
import { myproxyAddress } from '../myproxy/server-address.ts'
import type { CredentialStore } from '../store/credential-store.ts'
import type { Configuration } from './configuration.ts'
import { credentialsDirectory } from './places.ts'
import { readSecret } from './read-secret.ts'

/** What is kept of callers' credentials, and where jobs get theirs from: the same for every process of a container. */
export function openCredentials(
  configuration: Configuration,
  store: CredentialStore,
  own: () => Credential,
  trust: TrustStore,
  log: ProblemLog,
): { readonly keep: CredentialKeep; readonly supply: CredentialSupply } {
  const keep = new CredentialKeep(store, credentialsDirectory(configuration.data), readSecret(configuration))
  return { keep, supply: new CredentialSupply(keep, sourceOf(configuration, own, trust), log) }
}

function sourceOf(configuration: Configuration, own: () => Credential, trust: TrustStore): MyproxySource | undefined {
  const { myproxy } = configuration
  if (myproxy === undefined) return undefined
  const names = myproxy.subject === undefined ? {} : { MYPROXY_SERVER_DN: myproxy.subject }
  return new MyproxySource(myproxyAddress(myproxy.server, names), own, trust, pathOptionsOf(configuration))
}

/** How strictly chains are judged. */
export const pathOptionsOf = ({ trust }: Pick<Configuration, 'trust'>): Omit<PathOptions, 'now'> => ({
  crl: trust.crl,
  crlGraceSeconds: trust['crl-grace'],
  signingPolicy: trust['signing-policy'],
  clockSkewSeconds: trust['clock-skew'],
  proxies: trust.proxies,
})
