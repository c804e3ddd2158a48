import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

let site: TestSite
beforeAll(async () => {
  site = await TestSite.start({
    key: 'rsa',
    descriptions: { whose },
    configuration: { run: '{environment: {X509_CERT_DIR: /nonexistent}}' },
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
