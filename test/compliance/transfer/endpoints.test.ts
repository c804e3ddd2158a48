import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import type { Credential } from '../../../src/gsi/credential.ts'
import type { Endpoint } from '../../../src/transfer/endpoint.ts'
import { Endpoints } from '../../../src/transfer/endpoints.ts'
import { type Location, parseLocation } from '../../../src/transfer/location.ts'
import { DataSite } from '../../support/data-site.ts'
import { NginxServer } from '../../support/nginx-server.ts'
import { needs } from '../../support/peer.ts'
import { endpointSuite, type Implementation } from './endpoint-suite.ts'

const folder = mkdtempSync(join(tmpdir(), 'gridwrap-files-'))
const nobody = {
  credential: () => Promise.reject(new Error('not needed')) as never,
  trust: () => Promise.reject() as never,
}

endpointSuite({
  name: 'files of this machine',
  setUp: async () => {
    const root = parseLocation(folder)
    return { root, endpoint: new Endpoints(nobody).at(root) }
  },
  tearDown: async () => rmSync(folder, { recursive: true, force: true }),
  directories: true,
  checksums: true,
  setsTimes: true,
})

/** An implementation behind a real server, on a site of its own. */
function served(
  more: Omit<Implementation, 'setUp' | 'tearDown'>,
  start: (site: DataSite) => Promise<{
    readonly server: Disposable
    readonly url: string
    readonly streams?: number
    readonly who?: Credential
  }>,
): Implementation {
  const used = new DisposableStack()
  return {
    ...more,
    setUp: async (): Promise<{ root: Location; endpoint: Endpoint }> => {
      const site = used.use(await DataSite.make())
      mkdirSync(site.remote('root'))
      chmodSync(site.remote('root'), 0o777)
      const { server, url, streams = 1, who = site.proxy } = await start(site)
      used.use(server)
      const access = { credential: () => who, trust: () => site.trust, gridftp: { streams } }
      const root = parseLocation(url)
      return { root, endpoint: new Endpoints(access).at(root) }
    },
    tearDown: async () => used.dispose(),
  }
}

describe.skipIf(!needs('globus-gridftp-server'))('of globus-gridftp-server', () => {
  const all = { directories: true, checksums: true, setsTimes: true }
  for (const streams of [1, 4])
    endpointSuite(
      served({ ...all, name: `gsiftp, ${streams} streams` }, async site => {
        const server = await site.server()
        return { server, url: `gsiftp://localhost:${server.port}${site.remote('root')}`, streams }
      }),
    )
  endpointSuite(
    served({ ...all, name: 'ftp' }, async site => {
      const server = await site.server({ anonymous: true })
      return { server, url: `ftp://localhost:${server.port}${site.remote('root')}` }
    }),
  )
})

describe.skipIf(!needs('nginx'))('of nginx', () => {
  const web = { directories: false, checksums: false, setsTimes: false }
  endpointSuite(
    served({ ...web, name: 'https' }, async site => {
      const server = await NginxServer.start(site.files, 'if ($ssl_client_s_dn = "") { return 403; }')
      // It takes no proxies.
      return { server, url: `https://localhost:${server.httpsPort}/root`, who: site.alice }
    }),
  )
  endpointSuite(
    served({ ...web, name: 'http' }, async site => {
      const server = await NginxServer.start(site.files)
      return { server, url: `http://localhost:${server.httpPort}/root` }
    }),
  )
})
