import type { AttemptSpec } from '../adapters/adapter.ts'
import { withoutSetup } from '../application/setup-words.ts'
import { GridwrapError } from '../core/errors.ts'
import { withoutHolder } from '../holder/holder-words.ts'
import type { AttemptRow, InstanceRow } from '../store/rows.ts'
import type { Collected } from './collect-outputs.ts'

/** How an attempt ended, as its row says. */
export const exitOf = (attempt: AttemptRow): { exitCode?: number; signal?: string; notStarted?: string } =>
  attempt.exit_code !== null
    ? { exitCode: attempt.exit_code }
    : attempt.signal !== null
      ? { signal: attempt.signal }
      : { notStarted: attempt.reason ?? 'unknown' }

const lostReasons: Readonly<Record<string, string>> = {
  'exit-status-lost':
    'exit-status-lost: the program ended, and what watched it was killed first, so nobody knows how it ended.',
  'host-rebooted': 'host-rebooted: the machine was started anew while the program ran.',
}

/** The final state: a cancelled instance is Canceled however its program ended; a broken limit or a lost end is Failed. */
export function judgeEnd(
  row: InstanceRow,
  attempt: AttemptRow,
  { verdict }: Collected,
): { state: 'Done' | 'Failed' | 'Canceled'; reason: string | null; cause: 'input' | 'program' | 'site' | null } {
  if (row.want === 'cancel') return { state: 'Canceled', reason: `Canceled by ${canceler(row)}.`, cause: null }
  if (row.reason !== null) return { state: 'Failed', reason: row.reason, cause: 'program' }
  if (attempt.exit_code === null && attempt.signal === null) {
    const reason = attempt.reason ?? 'unknown'
    return { state: 'Failed', reason: lostReasons[reason] ?? reason, cause: 'site' }
  }
  return verdict.outcome === 'done'
    ? { state: 'Done', reason: null, cause: null }
    : { state: 'Failed', reason: verdict.reason, cause: verdict.cause }
}

const canceler = ({ owner, wanted_by }: InstanceRow): string =>
  wanted_by === null || owner === `gsi:${wanted_by}` ? 'its owner' : wanted_by

/** What was run, for people: words that need it are quoted. */
export function commandOf(attempt: AttemptRow): string {
  const argv = attempt.spec === null ? [] : (JSON.parse(attempt.spec) as AttemptSpec).argv
  return withoutHolder(withoutSetup(withoutHolder(argv)))
    .map(word => (/^[A-Za-z0-9_./:=,+@%-]+$/.test(word) ? word : JSON.stringify(word)))
    .join(' ')
    .slice(0, 4000)
}

/** Why a launch failed, in words for the caller. */
export const whyNotLaunched = (error: unknown): string => {
  if (error instanceof GridwrapError && (error.code === 'credential-problem' || error.code === 'denied'))
    return error.message
  const code = (error as NodeJS.ErrnoException).code
  return code === 'ENOSPC'
    ? 'the disk is full'
    : code === 'EMFILE' || code === 'EAGAIN'
      ? 'the host has no room for another process'
      : (code ?? 'an internal error')
}
