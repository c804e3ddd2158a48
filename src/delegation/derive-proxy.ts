import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { wallClock } from '../core/clock.ts'
import { GridwrapError } from '../core/errors.ts'
import { writeDurably } from '../files/write-durably.ts'
import type { Credential } from '../gsi/credential.ts'
import { checkIssuer, createProxy } from '../gsi/proxy.ts'
import { ownProxyKind } from '../gsi/proxy-generation.ts'

/** A program's own proxy is short: what is stolen of it is worth little, and it is made anew while the program runs. */
const hours = 6

/** The name of a program's proxy in the directory that it lies in. */
export const programProxy = 'proxy.pem'
/** The same while it is being made. */
export const unfinishedProxy = '.proxy.pem'

/**
 * Whether a credential will do for a program: `full` needs one without limits, and each a level of its own. Throws
 * GridwrapError (`credential-problem`).
 */
export function demandKind(credential: Credential, wanted: 'limited' | 'full'): void {
  const identity = credential.certificate.subject.slash
  if (wanted === 'limited' || ownProxyKind(credential.certificate) !== 'limited') {
    checkLevels(credential, wanted, identity)
    return
  }
  throw new GridwrapError('credential-problem', `The program needs a full credential, and ${identity} is limited.`, {
    hint: 'Delegate fully (globusrun -full-proxy, or CGSI, which does so by itself).',
    detail: { identity, kind: 'limited' },
  })
}

/** The program's own proxy is one more below what was delegated: better refused before there is a job than after. */
function checkLevels(credential: Credential, kind: 'limited' | 'full', identity: string): void {
  try {
    checkIssuer(credential, { kind })
  } catch (error) {
    if (!(error instanceof GridwrapError)) throw error
    throw new GridwrapError('credential-problem', `The program's own proxy cannot be made. ${error.message}`, {
      hint: 'Delegating takes one level of a proxy, and the program one more: make one without a path length, or with 2.',
      detail: { identity, kind: 'path-length' },
      cause: error,
    })
  }
}

/**
 * Makes a program's own proxy from what its owner delegated, and puts it in place in one step (mode 0600). The delegated
 * key goes nowhere. `giveAway` makes it another account's before it can be found. Resolves with the moment at which the proxy expires.
 */
export async function writeProgramProxy(
  credential: Credential,
  kind: 'limited' | 'full',
  directory: string,
  giveAway: (file: string) => Promise<void> = async () => undefined,
): Promise<number> {
  demandKind(credential, kind)
  const left = (credential.expires - wallClock()) / 3_600_000
  const proxy = await createProxy(credential, { kind, hours: Math.min(hours, left) })
  // Always the same name, so that one that was left by a kill goes with the proxy.
  const making = join(directory, unfinishedProxy)
  await rm(making, { force: true })
  await writeDurably(making, Buffer.from(proxy.toPem()), 0o600)
  await giveAway(making)
  await rename(making, join(directory, programProxy))
  return proxy.expires
}
