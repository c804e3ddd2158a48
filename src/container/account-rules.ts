import { z } from 'zod'
import type { AccountRule } from '../authz/account-map.ts'
import { isAccountName } from '../core/system-account.ts'
import { fqanPattern } from './authorize-entries.ts'

export const accountName = z.string().refine(isAccountName, 'is not the name of an account')

/** The entries of `run: accounts`, in the order in which they are asked. */
export const accountRules = z
  .array(
    z.union(
      [
        z.strictObject({ gridmap: z.string() }),
        z.strictObject({ voms: z.record(fqanPattern, accountName) }),
        z.strictObject({ everybody: accountName }),
      ],
      {
        error: issue =>
          `${JSON.stringify(issue.input)} is none of: {gridmap: FILE}, {voms: {FQAN: ACCOUNT}}, {everybody: ACCOUNT}`,
      },
    ),
  )
  .min(1)

/** The same rule with its file as an absolute path. */
export const withAbsoluteGridmap = (rule: AccountRule, at: (path: string) => string): AccountRule =>
  'gridmap' in rule ? { gridmap: at(rule.gridmap) } : rule
