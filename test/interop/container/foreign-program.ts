import { spawnSync } from 'node:child_process'
import { basename, join } from 'node:path'
import { needs } from '../../support/peer.ts'
import { root, type TestSite, type TestUser } from '../../support/site.ts'
import { type Ran, run } from '../gsi/run-program.ts'

/** Debian's zeep belongs to Debian's Python. */
export const python = '/usr/bin/python3'

/** A file of the clients that nobody here wrote the SOAP stack of. */
export const fixture = (path: string): string => join(root, 'test/fixtures/interop', path)

/** Modules are no programs: they are asked for by loading them, and missed under the name of their package. */
export const hasModule = (program: string, args: readonly string[], named: string): boolean =>
  needs(basename(program)) && (spawnSync(program, args).status === 0 || needs(named))

export const hasZeep = (): boolean => hasModule(python, ['-c', 'import zeep'], 'python3-zeep')
export const hasPhpSoap = (): boolean =>
  hasModule('php', ['-r', "exit(extension_loaded('soap') ? 0 : 1);"], 'php8.2-soap')
export const hasGsoap = (): boolean => ['wsdl2h', 'soapcpp2', 'gcc'].every(needs)

/** What the clients are told: whose proxy they have, and whom to trust. */
export const clientEnvironment = (site: TestSite, user: TestUser = site.alice): Record<string, string> => ({
  X509_USER_PROXY: user.proxyFile,
  X509_CERT_DIR: site.trust,
  CA_FILE: site.caFile,
  HOME: site.folder,
})

/** Runs a program that has to succeed, and gives its standard output. */
export async function output(program: string, args: readonly string[], env: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, { env })
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(code)}:\n${stderr}${stdout}`)
  return stdout
}

/** Runs one of the Python clients; each prints one line of JSON. */
export const runPython = async (
  script: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<unknown> =>
  JSON.parse(await output(python, [fixture(`python/${script}`), ...args], { ...env, PYTHONDONTWRITEBYTECODE: '1' }))

/** curl with somebody's proxy, or with none. */
export const curl = (site: TestSite, user: TestUser | null, args: readonly string[], input?: string): Promise<Ran> =>
  run(
    'curl',
    [
      ...['-sS', '--cacert', site.caFile, '--max-time', '50'],
      ...(user === null ? [] : ['--cert', user.proxyFile]),
      ...args,
    ],
    input === undefined ? {} : { input },
  )
