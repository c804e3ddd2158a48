import { type Command, Option } from 'commander'
import { splitWords } from '../input-words.ts'
import { seconds } from '../option-values.ts'

/** What run and submit take beside the inputs. */
export interface JobFlags {
  readonly label?: string
  readonly requestId?: string
  readonly keep?: number
  readonly delegate?: 'limited' | 'full'
  readonly delegation?: string
  readonly deliver?: readonly string[]
  readonly json?: boolean
}

export const withJobFlags = (command: Command): Command =>
  command
    .option('-l, --label <text>', 'a name by which you find the job again')
    .option('--request-id <text>', 'asking again with it gives the same job instead of a second run')
    .option('--keep <time>', 'how long the job and its files are kept after the end', seconds)
    .addOption(
      new Option(
        '--delegate <kind>',
        'give the container a proxy of yours, for a program that needs a credential',
      ).choices(['limited', 'full']),
    )
    .option('--delegation <name>', 'use what was delegated under this name at /delegation')
    .option(
      '--deliver <output=url>',
      'send an output there when the program has succeeded (gsiftp, https, ftp); may be said again',
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option('--json', 'answer in JSON')

export const jobOptions = ({ label, requestId, keep, delegation, deliver }: JobFlags): Record<string, unknown> => ({
  ...(label === undefined ? {} : { label }),
  ...(requestId === undefined ? {} : { requestId }),
  ...(keep === undefined ? {} : { keepSeconds: keep }),
  ...(delegation === undefined ? {} : { delegation }),
  ...(deliver === undefined
    ? {}
    : { deliver: splitWords(deliver).map(({ name, value }) => ({ output: name, url: value })) }),
})
