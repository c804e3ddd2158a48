import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { GridwrapError } from './errors.ts'

/** Addresses that lead to this machine, its neighbours, or nowhere (RFC 6890). */
const inside: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 96, 'ipv6'],
  ['::ffff:0:0', 96, 'ipv6'],
  ['::ffff:0:0:0', 96, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['100::', 64, 'ipv6'],
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
]

/** Whether a text names what may be allowed: an address, a network, a host, or all hosts of a domain. */
export function isNetworkOrName(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/')
  const family = isIP(address)
  if (more.length > 0 || address.includes('%')) return false
  if (family !== 0)
    return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128))
  return prefix === undefined && /^(?:\*\.)?(?=.*[A-Za-z])[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/.test(address)
}

/**
 * Where a container connects to because a caller said so: anywhere outside; inside only what the site allows by network
 * (`10.1.0.0/16`) or by name (`data.example.org`, `*.example.org`). A caller could otherwise use it to reach what only
 * it can.
 */
export class AddressPolicy {
  readonly #closed = new BlockList()
  readonly #opened = new BlockList()
  readonly #names: readonly string[]
  readonly #setting: string

  /** `setting`: where the site says what is allowed. Throws an Error for what is neither a network nor a name. */
  constructor(allowed: readonly string[], setting = 'staging: allow') {
    this.#setting = setting
    for (const [address, prefix, family] of inside) this.#closed.addSubnet(address, prefix, family)
    const names: string[] = []
    for (const one of allowed) {
      const [, address = '', prefix] = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(one) ?? []
      const family = isIP(address)
      if (family === 0) names.push(one.toLowerCase())
      else this.#opened.addSubnet(address, Number(prefix ?? (family === 4 ? 32 : 128)), family === 4 ? 'ipv4' : 'ipv6')
    }
    this.#names = names
  }

  /** Whether this address may be connected to. */
  permits(address: string): boolean {
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
    const family = isIP(plain) === 4 ? 'ipv4' : 'ipv6'
    return isIP(plain) !== 0 && (this.#opened.check(plain, family) || !this.#closed.check(plain, family))
  }

  /** Whether it is certain, without asking anybody for the address, that a host is not connected to. */
  surelyRefuses(host: string): boolean {
    const addresses = isIP(host) !== 0 ? [host] : host.toLowerCase() === 'localhost' ? ['127.0.0.1', '::1'] : []
    return addresses.length > 0 && !this.#isNamed(host) && !addresses.some(address => this.permits(address))
  }

  #isNamed(host: string): boolean {
    return this.#names.some(name =>
      name.startsWith('*.') ? host.toLowerCase().endsWith(name.slice(1)) : host.toLowerCase() === name,
    )
  }

  /**
   * The address to connect to for a host: one that was looked at, so that a name cannot lead elsewhere afterwards. Throws
   * GridwrapError (`denied`), or what the lookup throws.
   */
  async resolve(host: string): Promise<string> {
    const addresses = isIP(host) === 0 ? (await lookup(host, { all: true })).map(({ address }) => address) : [host]
    const byName = this.#isNamed(host)
    const found = addresses.find(address => byName || this.permits(address))
    if (found !== undefined) return found
    throw new GridwrapError(
      'denied',
      `This container does not connect to ${host}: it lies inside the site's own network, and its administrator has not allowed it (${this.#setting}).`,
      {
        hint: `The administrator can allow it with ${this.#setting}.`,
      },
    )
  }
}
