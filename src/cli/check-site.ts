import type { Application } from '../application/model.ts'
import { accountProblems } from '../container/account-problems.ts'
import type { Configuration } from '../container/configuration.ts'
import { loadHosted } from '../container/load-hosted.ts'
import { misspeltNames } from '../container/misspelt-names.ts'
import { openAuthorization } from '../container/open-authorization.ts'
import { readSecret } from '../container/read-secret.ts'
import { warnOfRisks } from '../container/risks.ts'
import { checkForRoot } from '../container/root-checks.ts'
import { serviceAccount } from '../container/service-account.ts'
import type { ProblemLog } from '../core/log.ts'
import { readDescriptionFolder } from '../factory/register-application.ts'
import { readCredential } from '../gsi/credential.ts'
import { isForHost } from '../gsi/host-names.ts'
import { endEntityOf } from '../gsi/proxy-generation.ts'
import { openTrustStore } from '../gsi/trust-store.ts'
import { descriptionsIn, isEmptyFolder } from './description-paths.ts'
import { problemText } from './problem-text.ts'
import { offeredHere } from './register-descriptions.ts'
import { print, reportError, say } from './terminal.ts'

/**
 * Reads everything that a container would read, and starts nothing: credentials, authorities, rules, descriptions. What is
 * wrong is told as it is found. Throws what a container would end with.
 */
export async function checkSite(configuration: Configuration): Promise<void> {
  let problems = 0
  const tell = (details: object, message: string): void => {
    problems++
    say(problemText(details, message))
  }
  const log: ProblemLog = { warn: tell, error: tell }
  warnOfRisks(configuration, say)
  const { certificate, key } = configuration['host-credential']
  const host = readCredential({ file: certificate, keyFile: key })
  readSecret(configuration)
  openTrustStore(configuration.trust.certificates, { log }).current()
  if (configuration.run.accounts !== undefined) {
    const service = await serviceAccount(configuration)
    if (process.getuid?.() === 0) await checkForRoot(configuration, service, process.argv[1] ?? '')
    else say('Note: run: accounts: whether root can start it can only be checked by root.')
    // A grid-mapfile may speak of accounts that other hosts have.
    for (const problem of await accountProblems(configuration, service, log, { gridmaps: true }))
      say(`Note: ${problem}`)
  }
  const own = (endEntityOf(host.certificates) ?? host.certificate).subject.slash
  const name = configuration.authority.replace(/:\d+$/, '')
  if (!isForHost(endEntityOf(host.certificates) ?? host.certificate, name))
    say(
      `Note: authority: ${name} is not a name of the host certificate (${own}): clients will not believe that it is this host.`,
    )
  const hosted = await loadHosted(configuration)
  const { chain } = await openAuthorization(configuration, () => own, log)
  const applications: Application[] = [...((await offeredHere(configuration)) ?? [])]
  let descriptions = 0
  for (const path of configuration.services) {
    for (const found of (await isEmptyFolder(path)) ? [] : await descriptionsIn(path)) {
      try {
        const { application } = await readDescriptionFolder(found)
        descriptions++
        if (!applications.some(one => one.name === application.name)) applications.push(application)
      } catch (error) {
        problems++
        reportError(error)
      }
    }
  }
  for (const note of misspeltNames(chain.mentions(), [
    ...applications,
    ...hosted.map(({ name }) => ({ name, inputs: [] })),
  ]))
    say(`Note: ${note}`)
  if (problems > 0) {
    process.exitCode = 2
    return
  }
  print(
    `${configuration.file} is good: ${own}, ${descriptions === 1 ? '1 description' : `${descriptions} descriptions`}.`,
  )
}
