import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ServiceProxy } from '../../../src/client/service-proxy.ts'
import { readProxyRequest } from '../../../src/gsi/certificate-request.ts'
import { readCredential } from '../../../src/gsi/credential.ts'
import { readPem, writePem } from '../../../src/gsi/pem.ts'
import { signProxy } from '../../../src/gsi/proxy.ts'
import { proxyInfo } from '../../../src/gsi/proxy-info.ts'
import { openTrustStore } from '../../../src/gsi/trust-store.ts'
import { myproxyDestroy } from '../../../src/myproxy/destroy.ts'
import { myproxyPut } from '../../../src/myproxy/put.ts'
import { freePort } from '../../support/free-port.ts'
import { RealMyproxyServer } from '../../support/myproxy-server.ts'
import { needs } from '../../support/peer.ts'
import { TestSite } from '../../support/site.ts'

const needy = `
gridwrap: 1
name: needy
title: Shows the credential that it has
command: sh show.sh {seconds}
files:
  - show.sh: |
      cat "$X509_USER_PROXY" >shown.pem
      sleep "$1"
inputs:
  seconds: {type: integer, default: 0}
outputs:
  shown: shown.pem
credential: full
`

describe.skipIf(!needs('myproxy-logon'))('a container with a MyProxy server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gridwrap-myproxy-'))
  let site: TestSite
  let server: RealMyproxyServer
  const hosts = '/O=Test Grid/CN=localhost'

  beforeAll(async () => {
    const port = await freePort()
    site = await TestSite.make({
      key: 'rsa',
      descriptions: { needy },
      configuration: { myproxy: `{server: 'localhost:${port}'}` },
    })
    mkdirSync(join(folder, 'server'))
    server = await RealMyproxyServer.start({
      ...{ folder: join(folder, 'server'), trust: site.trust, port },
      ...{ certificate: join(site.folder, 'hostcert.pem'), key: join(site.folder, 'hostkey.pem') },
      policies: [
        'authorized_retrievers "*"',
        'default_retrievers "none"',
        `authorized_renewers "${hosts}"`,
        'default_renewers "none"',
        `trusted_retrievers "${hosts}"`,
        'default_trusted_retrievers "none"',
      ],
    })
    await site.startContainer()
  })
  afterAll(async () => {
    server[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  const asAlice = () => ({
    ...{ host: 'localhost', port: server.port, trust: openTrustStore(site.trust) },
    credential: site.alice.credential,
  })

  test('fetches what a job needs and nobody delegated, and says so when it cannot', async () => {
    using connection = site.connect()
    const service = await site.service('needy', connection)
    await expect(service.call('run', {})).rejects.toThrow(/none was delegated.*MyProxy server localhost:\d+ refuses/)
    const username = site.alice.dn
    await myproxyPut(asAlice(), site.alice.credential, { username, retriever: hosts, trustedRetriever: hosts })
    const { results } = await service.call<{ results: { shown: { content: Uint8Array } } }>('run', {})
    const shown = readCredential({ pem: Buffer.from(results.shown.content).toString() })
    expect(proxyInfo(shown)).toMatchObject({ identity: username, kind: 'full' })
    // It is kept: the next needs no server.
    await myproxyDestroy(asAlice(), { username })
    expect(await service.call('run', {})).toBeDefined()
  })

  test('renews what was delegated and runs out, while the program runs', async () => {
    const username = site.alice.dn
    await myproxyPut(asAlice(), site.alice.credential, { username, renewer: hosts })
    using connection = site.connect()
    const delegation = await ServiceProxy.open(`${site.url}/delegation`, connection)
    const asked = await delegation.call<{ getProxyReqReturn: string }>('getProxyReq', { delegationID: 'short' })
    const [request] = readPem(asked.getProxyReqReturn)
    const key = readProxyRequest(request?.bytes ?? Buffer.alloc(0))
    const chain = [signProxy(site.alice.proxy, key, { hours: 1 }), ...site.alice.proxy.certificates]
    const proxy = chain.map(one => writePem('CERTIFICATE', one.der)).join('')
    await delegation.call('putProxy', { delegationID: 'short', proxy })
    const service = await site.service('needy', connection)
    const { job } = await service.call<{ job: { id: string; handle: string } }>('submit', {
      seconds: 60n,
      options: { delegation: 'short' },
    })
    const own = join(site.data, 'instances', job.id.slice(0, 2), job.id, 'control/1/proxy.pem')
    const expires = (): number => {
      try {
        return readCredential({ file: own }).expires
      } catch {
        return 0
      }
    }
    await expect.poll(expires, { timeout: 20_000 }).toBeGreaterThan(Date.now() + 5 * 3_600_000)
    const kept = await delegation.call<{ getTerminationTimeReturn: Date }>('getTerminationTime', {
      delegationID: 'short',
    })
    expect(kept.getTerminationTimeReturn.getTime()).toBeGreaterThan(Date.now() + 11 * 3_600_000)
    await (await ServiceProxy.open(job.handle, connection)).call('destroy', {}, job.handle)
  })
})
