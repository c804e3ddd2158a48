import { GridwrapError } from '../core/errors.ts'
import type { PeerExpectation } from '../gsi/peer-expectation.ts'

export const myproxyPort = 7512

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Where the MyProxy server is and whom to take for it: as said (`host` or `host:port`), else `MYPROXY_SERVER`,
 * `MYPROXY_SERVER_PORT` and `MYPROXY_SERVER_DN`, as MyProxy's own programs have it. Throws GridwrapError when it is
 * nowhere said.
 */
export function myproxyAddress(
  said: string | undefined,
  env: Environment = process.env,
): { readonly host: string; readonly port: number; readonly expect: PeerExpectation } {
  const text = said ?? env['MYPROXY_SERVER']
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s]+))(?::(\d{1,5}))?$/.exec(text ?? '') ?? []
  const host = bracketed ?? plain
  if (host === undefined)
    throw new GridwrapError(
      'invalid-input',
      text === undefined ? 'No MyProxy server is named.' : `"${text}" is no address like myproxy.example.org:7512.`,
      { hint: 'Name it with --server, or in MYPROXY_SERVER.' },
    )
  const subject = env['MYPROXY_SERVER_DN']
  return {
    host,
    port: Number(port ?? env['MYPROXY_SERVER_PORT'] ?? myproxyPort),
    expect: subject === undefined ? { mode: 'host' } : { mode: 'identity', subject },
  }
}
