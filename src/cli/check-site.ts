import type { Application } from '../application/model.ts'
import type { Configuration } from '../container/configuration.ts'
import { misspeltNames } from '../container/misspelt-names.ts'
import { openAuthorization } from '../container/open-authorization.ts'
import { readSecret } from '../container/read-secret.ts'
import { warnOfRisks } from '../container/risks.ts'
import { serviceAccount } from '../container/service-account.ts'
import type { ProblemLog } from '../core/log.ts'
import { readDescriptionFolder } from '../factory/register-application.ts'
import { readCredential } from '../gsi/credential.ts'
import { endEntityOf } from '../gsi/proxy-generation.ts'
import { openTrustStore } from '../gsi/trust-store.ts'
import { descriptionsIn, isEmptyFolder } from './description-paths.ts'
import { print, reportError, say } from './terminal.ts'

/**
 * Reads everything that a container would read, and starts nothing: credentials, authorities, rules, descriptions. What is
 * wrong is told as it is found. Throws what a container would end with.
 */
export async function checkSite(configuration: Configuration): Promise<void> {
  let problems = 0
  const tell = (details: object, message: string): void => {
    problems++
    const { file, why, line, message: detail } = details as Readonly<Record<string, string | undefined>>
    say([[file, line].filter(one => one !== undefined).join(':'), message, why ?? detail].filter(Boolean).join(': '))
  }
  const log: ProblemLog = { warn: tell, error: tell }
  warnOfRisks(configuration, say)
  const { certificate, key } = configuration['host-credential']
  const host = readCredential({ file: certificate, keyFile: key })
  readSecret(configuration)
  openTrustStore(configuration.trust.certificates, { log }).current()
  if (configuration.run.accounts !== undefined) await serviceAccount(configuration)
  const own = (endEntityOf(host.certificates) ?? host.certificate).subject.slash
  const { chain } = await openAuthorization(configuration, () => own, log)
  const applications: Application[] = []
  for (const path of configuration.services) {
    for (const found of (await isEmptyFolder(path)) ? [] : await descriptionsIn(path)) {
      try {
        applications.push((await readDescriptionFolder(found)).application)
      } catch (error) {
        problems++
        reportError(error)
      }
    }
  }
  // What was registered by hand is not known here, so these are notes.
  for (const note of misspeltNames(chain.mentions(), applications)) say(`Note: ${note}`)
  if (problems > 0) {
    process.exitCode = 2
    return
  }
  print(`${configuration.file} is good: ${own}, ${applications.length} descriptions.`)
}
