import { isIPv6 } from 'node:net'
import { GridwrapError } from '../../core/errors.ts'
import { DataListener, plainAddress } from '../data/data-listener.ts'
import {
  type HostPort,
  readExtendedPassive,
  readHostPort,
  writeExtendedPort,
  writeHostPort,
} from '../protocol/host-port.ts'
import type { FtpSession } from './ftp-session.ts'

/**
 * Where a server listens for data (PASV; EPSV over IPv6). Throws GridwrapError (`denied`) when it names another host and the
 * session does not allow that.
 */
export async function passiveAddress(session: FtpSession): Promise<HostPort> {
  const { host } = session.options
  session.takeKept()?.[Symbol.dispose]()
  const server = plainAddress(session.channel.remoteAddress)
  const extended = isIPv6(server)
  const reply = await session.ask(extended ? 'EPSV' : 'PASV', `${host} cannot listen for data`)
  const told = readPassive(session, reply.lines.join(' '), extended)
  return (await session.options.translate?.(told, 'server')) ?? told
}

/** The address in a reply to PASV or EPSV; checked. */
function readPassive(session: FtpSession, text: string, extended: boolean): HostPort {
  const server = plainAddress(session.channel.remoteAddress)
  if (extended) return { host: server, port: readExtendedPassive(text) }
  const address = readHostPort(text)
  // Servers that listen on every address, or are behind a translation of addresses, do not know their own.
  if (address.host === '0.0.0.0') return { host: server, port: address.port }
  checkDataHost(session, address.host)
  return address
}

/** Tells a server where to connect to: to this machine. */
export async function announceOwn(session: FtpSession, address: HostPort): Promise<void> {
  await announce(session, (await session.options.translate?.(address, 'own')) ?? address)
}

/** Tells a server where to connect to (PORT; EPRT for IPv6). */
export async function announce(session: FtpSession, address: HostPort): Promise<void> {
  session.takeKept()?.[Symbol.dispose]()
  const line = isIPv6(address.host) ? `EPRT ${writeExtendedPort(address)}` : `PORT ${writeHostPort(address)}`
  await session.ask(line, `${session.options.host} does not take the address of the data connection`)
}

/** Listens for connections of the server, on the address that it is spoken to from. */
export function listenForServer(session: FtpSession): Promise<DataListener> {
  const { ports = globusPortRange(), connectTimeoutMs = 30_000 } = session.options
  return DataListener.listen({
    host: plainAddress(session.channel.localAddress),
    terms: session.data,
    from: session.channel.remoteAddress,
    timeoutMs: connectTimeoutMs,
    ...(ports === undefined ? {} : { ports }),
  })
}

function checkDataHost(session: FtpSession, host: string): void {
  const { options, channel, data } = session
  if (host === plainAddress(channel.remoteAddress)) return
  if (options.allowDataHost?.(host) ?? data.authenticate) return
  throw new GridwrapError(
    'denied',
    `The server at ${options.host} sends its data connection to another host, ${host}, and nobody is authenticated there.`,
    { hint: 'Use gsiftp with data channel authentication, or allow that host.' },
  )
}

/** `GLOBUS_TCP_PORT_RANGE=first,last`, as Globus programs read it; undefined without one. */
function globusPortRange(): readonly [number, number] | undefined {
  const [, first, last] = /^\s*(\d{1,5})[\s,]+(\d{1,5})\s*$/.exec(process.env['GLOBUS_TCP_PORT_RANGE'] ?? '') ?? []
  const range = [Number(first), Number(last)] as const
  return first !== undefined && range[0] > 0 && range[0] <= range[1] && range[1] < 65_536 ? range : undefined
}
