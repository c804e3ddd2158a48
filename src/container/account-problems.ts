import { ProgramAccounts } from '../adapters/run-as/program-accounts.ts'
import { AccountMap } from '../authz/account-map.ts'
import type { ProblemLog } from '../core/log.ts'
import type { SystemAccount } from '../core/system-account.ts'
import type { Configuration } from './configuration.ts'

/**
 * Accounts that people are mapped to and as which no program will run, a sentence each: their jobs would fail, one by one.
 * To ask about a whole grid-mapfile takes its time, which a start has not.
 */
export async function accountProblems(
  { run }: Pick<Configuration, 'run'>,
  service: SystemAccount,
  log: ProblemLog,
  { gridmaps }: { readonly gridmaps: boolean },
): Promise<readonly string[]> {
  const rules = (run.accounts ?? []).filter(rule => gridmaps || !('gridmap' in rule))
  const map = new AccountMap(rules, log)
  const accounts = new ProgramAccounts({ service, leastUid: run['least-uid'], has: () => true })
  const problems: string[] = []
  for (const name of map.all()) {
    const why = await accounts.find(name).then(
      () => undefined,
      (error: Error) => error.message,
    )
    if (why !== undefined) problems.push(why)
  }
  return problems
}
