import { isIPv4 } from 'node:net'
import { plainAddress } from '../../data/data-listener.ts'
import { type HostPort, readExtendedPort, readHostPort, writeHostPort } from '../../protocol/host-port.ts'
import { Refusal } from '../refusal.ts'
import { dataTermsOf, filesOf, type Session } from '../session.ts'
import { dataTimeoutMs } from '../transfer.ts'
import { type CommandHandler, ok } from './command.ts'

/** Commands that say where data goes. */

/** PASV (RFC 959 section 4.1.2). With Globus's AllowDelayed the address comes with the command that needs it. */
export const passive: CommandHandler = async session => {
  filesOf(session)
  if (session.delayedPassive) {
    session.data.delay()
    return ok('Passive delayed.')
  }
  const address = await openPort(session)
  return { code: 227, lines: `Entering Passive Mode (${writeHostPort(await told(session, address))})` }
}

/** EPSV (RFC 2428 section 3). */
export const extendedPassive: CommandHandler = async (session, argument) => {
  filesOf(session)
  if (/^ALL$/i.test(argument)) return ok()
  const { port } = await openPort(session)
  return { code: 229, lines: `Entering Extended Passive Mode (|||${port}|)` }
}

/** SPAS (GFD.20 section 3.2.1): there is one stripe. */
export const stripedPassive: CommandHandler = async session => {
  filesOf(session)
  const address = await openPort(session)
  return {
    code: 229,
    lines: ['Entering Striped Passive Mode.', ` ${writeHostPort(await told(session, address))}`, 'End'],
  }
}

export const port: CommandHandler = (session, argument) => {
  connectTo(session, readHostPort(argument))
  return ok('PORT Command successful.')
}

/** SPOR (section 3.2.2): the first of the stripes; it gets all of the data. */
export const stripedPort: CommandHandler = (session, argument) => {
  connectTo(session, readHostPort(argument.split(' ')[0] ?? ''))
  return ok('SPOR Command successful.')
}

export const extendedPort: CommandHandler = (session, argument) => {
  connectTo(session, readExtendedPort(argument))
  return ok('EPRT Command successful.')
}

/** The port of a delayed passive, told with 127 when the transfer is asked for. */
export async function openDelayed(session: Session): Promise<void> {
  if (!session.data.isDelayed) return
  const address = await openPort(session)
  await session.control.reply(127, `Entering Passive Mode (${writeHostPort(await told(session, address))})`)
}

function connectTo(session: Session, address: HostPort): void {
  filesOf(session)
  session.data.connectTo(address, dataTermsOf(session).authenticate, session.control.remoteAddress)
}

function openPort(session: Session): Promise<HostPort> {
  const { control, options, data } = session
  const host = plainAddress(control.localAddress)
  return data.listen(host, options.dataPorts, dataTermsOf(session), control.remoteAddress, dataTimeoutMs)
}

/** What a client is told: the address that it came to, or the one that the server is known by outside. */
async function told({ options }: Session, { host, port: number }: HostPort): Promise<HostPort> {
  const { dataHost } = options
  if (dataHost !== undefined && isIPv4(dataHost)) return { host: dataHost, port: number }
  if (!isIPv4(host)) throw new Refusal(522, 'Over IPv6 say EPSV.')
  return { host, port: number }
}
