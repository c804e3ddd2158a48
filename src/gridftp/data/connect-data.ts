import { connect, type Socket } from 'node:net'
import { GridwrapError } from '../../core/errors.ts'
import { connectGsiClear } from '../../gsi/connect-clear.ts'
import { destroyOnAbort } from '../../gsi/destroy-on-abort.ts'
import { connectGsi } from '../../gsi/gsi-connect.ts'
import type { HostPort } from '../protocol/host-port.ts'
import { brokenWhileMade } from './connection-broken.ts'
import type { DataTerms } from './data-terms.ts'

/**
 * Connects a data channel. Whoever connects is the TLS client, whichever way the data goes. The socket is paused.
 * Throws GridwrapError (`credential-problem`, `busy`), or what node:net throws.
 */
export async function connectData(
  to: HostPort,
  terms: DataTerms,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Socket> {
  try {
    return await (terms.authenticate
      ? connectSecurely(to, terms, timeoutMs, signal)
      : connectPlainly(to, timeoutMs, signal))
  } catch (error) {
    throw brokenWhileMade(error)
  }
}

async function connectSecurely(
  to: HostPort,
  { credential, trust, expect, protection, path }: Extract<DataTerms, { authenticate: true }>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  const common = {
    ...{ ...to, credential, trust, expect, timeoutMs },
    ...(path === undefined ? {} : { path }),
    ...(signal === undefined ? {} : { signal }),
  }
  if (protection !== 'clear') return (await connectGsi({ ...common, context: 'tls' })).socket
  return (await connectGsiClear(common)).socket
}

const connectPlainly = ({ host, port }: HostPort, timeoutMs: number, signal?: AbortSignal): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    const timer = setTimeout(
      () => socket.destroy(new GridwrapError('busy', `${host}:${port} did not answer within ${timeoutMs / 1000} s.`)),
      timeoutMs,
    )
    const forget = destroyOnAbort(socket, signal)
    const settle = (): void => {
      clearTimeout(timer)
      forget()
    }
    socket.pause()
    // Stays: what happens before somebody reads or writes is told then.
    socket.on('error', error => {
      settle()
      reject(error)
    })
    socket.once('connect', () => {
      settle()
      resolve(socket)
    })
  })
