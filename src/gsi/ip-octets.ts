import { isIPv4, isIPv6 } from 'node:net'

/** The 4 or 16 octets of an IP address, as subjectAltName has them. Throws an Error for anything else. */
export function ipOctets(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  if (!isIPv6(address) || address.includes('%')) throw new Error(`"${address}" is no IP address.`)
  // ::ffff:1.2.3.4 has its last two groups in decimal.
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address)
  const text =
    dotted?.[1] === undefined
      ? address
      : `${dotted[1]}${ipOctets(dotted[2] ?? '')
          .toString('hex')
          .replace(/^..../, '$&:')}`
  const [head = '', tail] = text.split('::')
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16))
  const [front, back] = [groups(head), groups(tail ?? '')]
  const middle = Array.from({ length: 8 - front.length - back.length }, () => 0)
  return Buffer.from([...front, ...middle, ...back].flatMap(group => [group >> 8, group & 0xff]))
}
