import { isIPv4, isIPv6 } from 'node:net'
import { ProtocolError } from './protocol-error.ts'

/** Where a data connection goes. */
export interface HostPort {
  readonly host: string
  readonly port: number
}

/** `h1,h2,h3,h4,p1,p2` (RFC 959 section 4.1.2, PORT). Throws ProtocolError for IPv6 addresses: they need EPRT. */
export function writeHostPort({ host, port }: HostPort): string {
  if (!isIPv4(host)) throw new ProtocolError(`${host} cannot be said with PORT, which knows IPv4 addresses only.`)
  return `${host.replaceAll('.', ',')},${port >> 8},${port & 255}`
}

/** The first host-port in a text: the argument of PORT, a 227 reply, a line of a 229 reply of SPAS. */
export function readHostPort(text: string): HostPort {
  const match = /(?:^|[^\d,])((?:\d{1,3},){5}\d{1,3})(?![\d,])/.exec(text)
  const numbers = match?.[1]?.split(',').map(Number)
  if (numbers === undefined || numbers.some(number => number > 255))
    throw new ProtocolError(`There is no address in ${JSON.stringify(text.slice(0, 80))}.`)
  const [high = 0, low = 0] = numbers.slice(4)
  return withPort(numbers.slice(0, 4).join('.'), high * 256 + low)
}

/** `|1|132.235.1.2|6275|` (RFC 2428 section 2, EPRT). */
export const writeExtendedPort = ({ host, port }: HostPort): string => `|${isIPv6(host) ? 2 : 1}|${host}|${port}|`

/** The argument of EPRT. Throws ProtocolError when it is none. */
export function readExtendedPort(text: string): HostPort {
  const [, , family, host = '', port] = /^([!-~])([12])\1([0-9a-fA-F:.]{2,45})\1(\d{1,5})\1$/.exec(text) ?? []
  if (family === undefined || !(family === '1' ? isIPv4(host) : isIPv6(host)))
    throw new ProtocolError(`There is no address in ${JSON.stringify(text.slice(0, 80))}.`)
  return withPort(host, Number(port))
}

/** The port in a reply to EPSV: `229 … (|||6446|)` (RFC 2428 section 3). Throws ProtocolError when there is none. */
export function readExtendedPassive(text: string): number {
  const [, , port] = /\(([!-~])\1\1(\d{1,5})\1\)/.exec(text) ?? []
  if (port === undefined) throw new ProtocolError(`There is no port in ${JSON.stringify(text.slice(0, 80))}.`)
  return withPort('', Number(port)).port
}

function withPort(host: string, port: number): HostPort {
  if (port < 1 || port > 65_535) throw new ProtocolError(`${port} is no TCP port.`)
  return { host, port }
}
