import { GridwrapError } from './errors.ts'

/** No connection came about, or it broke before there was an answer: trying again later may help. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'no way leads to this host',
  ENETUNREACH: 'no way leads to this network',
}

const untrusted =
  /UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT/

/** What node:net and node:tls report when there is no connection to a host, as {@link Unreachable} or GridwrapError; else the error itself. */
export function connectionError(error: unknown, host: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error
  const { code } = error
  const reason = reasons[code]
  if (reason !== undefined) return new Unreachable(`${host} cannot be reached: ${reason} (${code}).`, { cause: error })
  const refuse = (message: string, hint: string): GridwrapError =>
    new GridwrapError('credential-problem', message, { hint, cause: error })
  if (untrusted.test(code))
    return refuse(
      `The certificate of ${host} comes from no authority that you trust.`,
      'Set X509_CERT_DIR to a directory that holds its authority.',
    )
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return refuse(`The certificate of ${host} is for another host.`, error.message)
  if (code === 'CERT_HAS_EXPIRED')
    return refuse(`The certificate of ${host} has expired.`, 'Tell the administrator of that host.')
  return error
}
