import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll } from 'vitest'
import type { AuthorizationAdapter } from '../../../src/authz/adapter.ts'
import { Ban } from '../../../src/authz/ban.ts'
import { Gridmap } from '../../../src/authz/gridmap.ts'
import { IdentityPatterns } from '../../../src/authz/identity-patterns.ts'
import { LimitedProxies } from '../../../src/authz/limited-proxies.ts'
import { Owner } from '../../../src/authz/owner.ts'
import { Policy } from '../../../src/authz/policy/policy.ts'
import { Self } from '../../../src/authz/self.ts'
import { Voms } from '../../../src/authz/voms.ts'
import { openLog } from '../../../src/core/log.ts'
import { authorizationCompliance, person } from './suite.ts'

const folder = mkdtempSync(join(tmpdir(), 'gridwrap-authz-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const log = openLog('test', 'silent')
const alice = person('/O=Test/CN=Alice', ['/astro/Role=production'])
const limited = person('/O=Test/CN=Alice', [], 'limited')

authorizationCompliance('gridmap', () => new Gridmap(file('map', '"/O=Test/CN=Alice" alice\n'), log), [alice])
authorizationCompliance('ban', () => new Ban(file('ban', '/O=Test/CN=Mallory\n'), log), [alice])
authorizationCompliance('self', () => new Self(() => '/O=Test/CN=Alice'), [alice])
authorizationCompliance('identity', () => new IdentityPatterns(['/O=Test/*']), [alice, limited])
authorizationCompliance('voms', () => new Voms(['/astro/Role=production']), [alice])
authorizationCompliance('limited-proxies', () => new LimitedProxies(['service.submit']), [limited])
authorizationCompliance('owner', () => new Owner([]), [alice])
authorizationCompliance(
  'policy',
  () => new Policy(file('a.cedar', 'permit(principal in Fqan::"/astro/Role=production", action, resource);'), log),
  [alice],
)
authorizationCompliance('an empty policy', () => new Policy(file('b.cedar', ''), log), [alice])
authorizationCompliance('a broken policy', () => new Policy(file('c.cedar', 'permit('), log), [alice])
authorizationCompliance('a policy that is not there', () => new Policy(join(folder, 'none'), log), [alice])
authorizationCompliance('the sample adapter', async () => {
  const sample = resolve(import.meta.dirname, '../../../samples/authorization/open-hours.mjs')
  const { default: open } = (await import(sample)) as { default: (options: object) => AuthorizationAdapter }
  return open({ from: 8, until: 18, clock: () => new Date('2026-06-01T07:59:00Z') })
}, [alice])
