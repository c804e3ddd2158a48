import type { ErrorCode } from '../../core/error-table.ts'
import { GridwrapError } from '../../core/errors.ts'
import { isPositive, type Reply } from '../protocol/reply.ts'

/** How TLS says that other bytes came than were sent. */
const damaged = /record mac|wrong version number|bad signature|decryption failed|bad record|unexpected message/i

/** What the texts of servers mean; Globus servers answer 500 to nearly everything and say why in words. */
const meanings: readonly (readonly [RegExp, ErrorCode])[] = [
  [/no such file|not found|PATH_NOT_FOUND|does not exist/i, 'not-found'],
  // What the network did to the server: other bytes than were sent, or none any more.
  [
    /connection (?:was )?(?:reset|refused|closed|aborted|timed out)|end[- ]of[- ]file|broken pipe|time(?:d|-| )?out/i,
    'busy',
  ],
  [/closed before connection|operation was cancell?ed|not in the proper state/i, 'busy'],
  [damaged, 'busy'],
  [/no space left|quota|too many (?:connections|users|open)|try again|temporar/i, 'busy'],
  [
    /permission denied|not permitted|PERMISSION_DENIED|denied|read-?only|is a directory|not a directory|not empty|exists/i,
    'denied',
  ],
  [/authenticat|credential|certificate|proxy|delegat|gss|login (?:incorrect|failed)/i, 'credential-problem'],
  [/OpenSSL Error/, 'busy'],
]

/**
 * What a refusal of a server means here (RFC 959 section 4.2.1): 4yz may go well another time (`busy`), 530 and its kin
 * want another credential, the rest is told by its words, or by `transfer-failed`.
 */
export function replyFault(reply: Reply, what: string): GridwrapError {
  const Fault = reply.code === 554 ? RestartRefused : GridwrapError
  return new Fault(codeOf(reply), `${what}: ${saidBy(reply)} (${reply.code}).`)
}

/** The server has not what a restart marker says (RFC 3659 section 5.4): what is to be sent begins anew. */
export class RestartRefused extends GridwrapError {}

/** Throws {@link replyFault} unless the server agreed. */
export function requirePositive(reply: Reply, what: string): Reply {
  if (!isPositive(reply)) throw replyFault(reply, what)
  return reply
}

function codeOf({ code, lines }: Reply): ErrorCode {
  const text = lines.join('\n')
  // A log-in that the network broke is no refusal.
  if (damaged.test(text)) return 'busy'
  if (code === 432 || code === 530 || code === 532 || code === 534 || code === 535) return 'credential-problem'
  // A full disk is said as 452 (RFC 959), 451 or 500.
  const [, meaning] = meanings.find(([words]) => words.test(text)) ?? []
  if (meaning !== undefined) return meaning
  if (code === 550 || code === 553) return 'denied'
  return code < 500 ? 'busy' : 'transfer-failed'
}

/** The line of a reply that says most: Globus puts what happened last, behind a colon, or into facts of their own. */
function saidBy({ lines }: Reply): string {
  const text = lines.map(line => line.trim()).filter(line => !/^(end\.?|)$/i.test(line))
  const fact = text.flatMap(line => /^GridFTP-Error-String: (.+)$/.exec(line)?.[1] ?? [])[0]
  if (fact !== undefined) return shortened(fact)
  const words = text
    .filter(line => !/^(GlobusError|GridFTP-)/.test(line))
    .map(line => line.replace(/^Command failed\. ?:? ?/, ''))
  const telling = words.filter(line => line !== '').at(-1) ?? text.at(-1) ?? 'no reason given'
  return shortened(telling.replace(/^(?:globus_[a-z_]+: |A system call failed: )+/, '').replace(/\.$/, ''))
}

const shortened = (text: string): string => {
  const clean = text.replace(/[\u0000-\u001f\u007f]/g, ' ')
  return clean.length > 300 ? `${clean.slice(0, 300)}…` : clean
}
