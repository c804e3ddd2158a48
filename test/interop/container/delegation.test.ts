import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quoteName } from '../../../src/authz/gridmap-file.ts'
import { HttpsConnection } from '../../../src/client/https-connection.ts'
import { GlobusServer } from '../../support/globus-servers.ts'
import { needs } from '../../support/peer.ts'
import { TestSite } from '../../support/site.ts'
import { clientEnvironment, hasZeep, runPython } from './foreign-program.ts'

const whose = `
gridwrap: 1
name: whose
title: Says whose credential it has, in the words of Globus
command: grid-proxy-info -identity
outputs:
  identity: {type: string, from: said, match: '(/.*)'}
  said: stdout
credential: full
`

const fetches = `
gridwrap: 1
name: fetches
title: Fetches a file with GridFTP, as whoever delegated
command: sh fetch.sh {port} {path} {trust}
files:
  - fetch.sh: |
      export X509_CERT_DIR="$3" GLOBUS_HOSTNAME=localhost
      globus-url-copy -nodcau "gsiftp://localhost:$1$2" "file://$PWD/fetched"
inputs:
  port: {type: integer}
  path: {type: string}
  trust: {type: string}
outputs:
  fetched: fetched
credential: limited
`

let site: TestSite
beforeAll(async () => {
  site = await TestSite.start({
    key: 'rsa',
    descriptions: { whose, fetches },
  })
})
afterAll(() => site[Symbol.asyncDispose]())

describe.skipIf(!hasZeep() || !needs('openssl') || !needs('grid-proxy-info'))('zeep', () => {
  test('delegates, and its job runs with a proxy of what it delegated', async () => {
    const env = {
      ...clientEnvironment(site),
      USER_CERT: site.alice.certFile,
      USER_KEY: site.alice.keyFile,
    }
    const answer = await runPython(
      'delegate.py',
      [`${site.url}/delegation?wsdl`, `${site.url}/services/whose?wsdl`],
      env,
    )
    expect(answer).toEqual({
      version: '2.0.0',
      metadata: null,
      hours: 24,
      identity: site.alice.dn,
      unknown: [
        '{http://www.gridsite.org/namespaces/delegation-2}DelegationException',
        expect.stringMatching(/has no delegation/) as string,
      ],
    })
  })
})

describe.skipIf(!needs('globus-url-copy'))('what was delegated over httpg', () => {
  test('logs in to a real GridFTP server, from within the job', async () => {
    const folder = join(site.folder, 'gridftp')
    mkdirSync(folder)
    writeFileSync(join(folder, 'hello'), 'hello from far away\n')
    const account = process.getuid?.() === 0 ? 'root' : (process.env['USER'] ?? 'nobody')
    writeFileSync(join(folder, 'map'), `${quoteName(site.alice.dn)} ${account}\n`)
    using server = await GlobusServer.gridftp({
      ...{ folder, trust: site.trust, gridmap: join(folder, 'map') },
      ...{ certificate: join(site.folder, 'hostcert.pem'), key: join(site.folder, 'hostkey.pem') },
    })
    using connection = new HttpsConnection({
      credential: site.alice.proxy,
      trustDirectory: site.trust,
      delegation: 'full',
    })
    const service = await site.service('fetches', connection)
    const inputs = { port: BigInt(server.port), path: join(folder, 'hello'), trust: site.trust }
    const { results } = await service.call<{ results: { fetched: { content: Uint8Array } } }>('run', inputs)
    expect(Buffer.from(results.fetched.content).toString()).toBe('hello from far away\n')
  })
})
