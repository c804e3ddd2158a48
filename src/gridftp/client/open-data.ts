import type { Socket } from 'node:net'
import { connectData } from '../data/connect-data.ts'
import { announceOwn, listenForServer, passiveAddress } from './data-address.ts'
import type { FtpSession } from './ftp-session.ts'

/** One data connection that is prepared before the command, and opened beside it. */
export interface PreparedData extends Disposable {
  open(signal: AbortSignal): Promise<Socket>
}

/** Prepares a data connection: by connecting to the server (passive), or by letting it connect. */
export async function prepareData(session: FtpSession, passive: boolean): Promise<PreparedData> {
  const { connectTimeoutMs = 30_000 } = session.options
  if (passive) {
    const address = await passiveAddress(session)
    return {
      open: signal => connectData(address, session.data, connectTimeoutMs, signal),
      [Symbol.dispose]: () => undefined,
    }
  }
  const listener = await listenForServer(session)
  try {
    await announceOwn(session, listener.address)
  } catch (error) {
    listener[Symbol.dispose]()
    throw error
  }
  return {
    open: signal => listener.accept(AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)])),
    [Symbol.dispose]: () => listener[Symbol.dispose](),
  }
}
