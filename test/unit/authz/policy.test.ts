import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Policy } from '../../../src/authz/policy/policy.ts'
import { PolicyValues, TooManyValues } from '../../../src/authz/policy/policy-values.ts'
import { readPolicy } from '../../../src/authz/policy/read-policy.ts'
import { openLog } from '../../../src/core/log.ts'
import { ask, person } from '../../compliance/authorization/suite.ts'

const folder = mkdtempSync(join(tmpdir(), 'gridwrap-policy-'))
afterAll(() => rmSync(folder, { recursive: true }))
const log = openLog('test', 'silent')
const called = (inputs: object, options: object = {}) => ({ inputs: { ...inputs }, options: { ...options } })
let files = 0
const policy = (text: string): Policy => {
  const file = join(folder, `${++files}.cedar`)
  writeFileSync(file, text)
  return new Policy(file, log)
}

const producer = person('/O=T/CN=Al', ['/astro', '/astro/Role=production'])
const member = person('/O=T/CN=Bo', ['/astro'])

const rules = `
@id("production") permit(principal in Fqan::"/astro/Role=production", action in Action::"service", resource == Application::"swarp");
@id("small ones") permit(principal in Fqan::"/astro", action == Action::"service.submit", resource == Application::"swarp")
  when { context.parameters.size <= 100 };
@id("nothing huge") forbid(principal, action == Action::"service.submit", resource)
  when { context has parameters && context.parameters has memory && context.parameters.memory.greaterThan(decimal("64.0")) };
@id("full proxies") forbid(principal, action in Action::"instance", resource) unless { principal.proxy == "full" || action in Action::"read" };
`

describe('a policy file', () => {
  const adapter = policy(rules)
  const swarp = { service: 'swarp' }

  test('permits by role and application, and says by which rule', () => {
    expect(adapter.decide(ask(producer, 'service.submit', swarp))).toEqual({
      effect: 'permit',
      rule: '"production" permits it',
    })
    expect(adapter.decide(ask(producer, 'service.submit')).effect).toBe('abstain')
    expect(adapter.decide(ask(person('/O=T/CN=Al'), 'service.submit', swarp)).effect).toBe('abstain')
  })

  test('knows whom it permits anything', () => {
    expect(adapter.knows(producer)).toBe(true)
    expect(adapter.knows(member)).toBe(true)
    expect(adapter.knows(person('/O=T/CN=Cy'))).toBe(false)
  })

  test('waits for the parameters of which a rule speaks', () => {
    const early = { ...swarp, parametersFollow: true }
    expect(adapter.decide(ask(member, 'service.submit', early)).effect).toBe('permit')
    const sized = (size: bigint) =>
      adapter.decide(ask(member, 'service.submit', { ...swarp, parameters: called({ size }) })).effect
    expect(sized(100n)).toBe('permit')
    expect(sized(101n)).toBe('abstain')
    expect(adapter.decide(ask(member, 'service.submit', { ...swarp, parameters: called({}) })).effect).toBe('abstain')
  })

  test('forbids by parameters whatever is permitted elsewhere', () => {
    const asked = (memory: number) =>
      adapter.decide(ask(producer, 'service.submit', { ...swarp, parameters: called({ memory }) })).effect
    expect(asked(64)).toBe('permit')
    expect([64.001, 1e300, Number.POSITIVE_INFINITY, Number.NaN].map(asked)).toEqual(['deny', 'deny', 'deny', 'deny'])
  })

  test('forbids of instances, and permits none', () => {
    const instance = { id: 'i', owner: 'gsi:/O=T/CN=Al', shared: undefined }
    const limited = person('/O=T/CN=Al', ['/astro/Role=production'], 'limited')
    const about = { ...swarp, instance }
    expect(adapter.decide(ask(limited, 'instance.control', about)).effect).toBe('deny')
    expect(adapter.decide(ask(limited, 'instance.read', about)).effect).toBe('abstain')
    expect(adapter.decide(ask(producer, 'instance.control', about)).effect).toBe('abstain')
  })

  test('a forbid that cannot be evaluated forbids', () => {
    const broken = policy(
      'permit(principal, action, resource); forbid(principal, action, resource) when { context.parameters.n > 3 };',
    )
    expect(broken.decide(ask(member, 'service.submit', { parameters: called({ n: 'three' }) })).effect).toBe('deny')
    expect(broken.decide(ask(member, 'service.submit', { parameters: called({}) })).effect).toBe('deny')
    expect(broken.decide(ask(member, 'service.submit', { parameters: called({ n: 3n }) }))).toMatchObject({
      effect: 'permit',
    })
  })

  test('knows the time, the owner and what is shared', () => {
    const timed = policy(
      `permit(principal, action, resource) when { context.now > datetime("2020-01-01") && context.hour >= 0 && context.weekday <= 7 };
       forbid(principal, action == Action::"instance.destroy", resource) when { resource.owner == principal.name };`,
    )
    expect(timed.decide(ask(member, 'service.submit')).effect).toBe('permit')
    const mine = { id: 'i', owner: 'gsi:/O=T/CN=Bo', shared: undefined }
    expect(timed.decide(ask(member, 'instance.destroy', { instance: mine })).effect).toBe('deny')
  })

  test('is followed, and denies everything while it is broken', () => {
    const file = join(folder, 'followed.cedar')
    writeFileSync(file, 'permit(principal, action, resource);')
    const followed = new Policy(file, log)
    expect(followed.decide(ask(member, 'service.submit')).effect).toBe('permit')
    writeFileSync(file, 'permit(principal, action, resource)')
    expect(followed.decide(ask(member, 'service.submit')).effect).toBe('deny')
    expect(followed.knows(member)).toBe(false)
    writeFileSync(file, `${rules}// mended`)
    expect(followed.decide(ask(producer, 'service.submit', swarp)).effect).toBe('permit')
  })
})

describe('reading a policy', () => {
  test.each([
    ['permit(principal, action, resource', /line 1/],
    ['// a\npermit(principal, action == Action::"service.sumbit", resource);', /line 2.*did you mean "service.submit"/],
    ['permit(principal, action, resource == Aplication::"x");', /did you mean "Application"/],
    ['permit(principal, action, resource) when { context.paramters.x == 1 };', /did you mean "parameters"/],
    ['permit(principal, action, resource) when { principal.dn == "x" };', /no attribute of principal "dn"/],
    ['@id("a") permit(principal, action, resource); @id("a") forbid(principal, action, resource);', /called "a"/],
    ['permit(principal == ?principal, action, resource);', /template/i],
  ])('refuses %s', (text, why) => expect(() => readPolicy(text)).toThrow(why))

  test.each([
    [
      'forbid(principal in Fqan::"/astro/Role=production/Capability=NULL", action, resource);',
      /write it as "\/astro\/Role=production"/,
    ],
    ['forbid(principal in Fqan::"astro", action, resource);', /no FQAN/],
    ['forbid(principal == Person::"/O=T/Email=a@b", action, resource);', /write it as "\/O=T\/emailAddress=a@b"/],
  ])('refuses names in a spelling that nobody has: %s', (text, why) => expect(() => readPolicy(text)).toThrow(why))
})

describe('values for rules', () => {
  const wanted = new Set(['a', 'b', 'c', 'd', 'e'])

  test('of every kind, and only those of which rules speak', () => {
    const inputs = { a: 1n, b: 2.5, c: ['x', true], d: { bytes: 4n }, e: null, secret: 'never' }
    expect(new PolicyValues().record(inputs, wanted)).toEqual({
      a: 1,
      b: { __extn: { fn: 'decimal', arg: '2.5000' } },
      c: ['x', true],
      d: { bytes: 4 },
    })
    expect(new PolicyValues().record({ a: 3 }, wanted, { integers: true })).toEqual({ a: 3 })
  })

  test.each([
    ['a list', { a: Array.from({ length: 501 }, (_, i) => i) }],
    ['a text', { a: 'x'.repeat(65_537) }],
    ['a depth', { a: [[[[[[[[[[1]]]]]]]]]] }],
  ])('%s that is too much is no shorter value, but too much', (_what, inputs) => {
    expect(() => new PolicyValues().record(inputs, wanted)).toThrow(TooManyValues)
  })

  test('what is too much is denied', () => {
    const adapter = policy('permit(principal, action, resource) when { context.parameters.a.contains("x") };')
    const many = Array.from({ length: 1000 }, () => 'y')
    expect(adapter.decide(ask(member, 'service.submit', { parameters: called({ a: [...many, 'x'] }) })).effect).toBe(
      'deny',
    )
    expect(
      adapter.decide(ask(member, 'service.submit', { parameters: called({ a: ['x'], other: many }) })).effect,
    ).toBe('permit')
  })

  test('options are whole numbers', () => {
    const adapter = policy(
      'permit(principal, action, resource) unless { context.options has waitSeconds && context.options.waitSeconds > 100 };',
    )
    const waiting = (waitSeconds: number) =>
      adapter.decide(ask(member, 'service.submit', { parameters: called({}, { waitSeconds }) })).effect
    expect([waiting(100), waiting(101)]).toEqual(['permit', 'abstain'])
  })
})

describe('a call whose parameters come in two parts', () => {
  const adapter = policy(`permit(principal, action, resource) when { context.parameters.size <= 100 };
    forbid(principal, action, resource) when { context has parameters && context.parameters has kind && context.parameters.kind == "bad" };`)
  const half = (inputs: object) =>
    adapter.decide(ask(member, 'service.submit', { parameters: called(inputs), parametersFollow: true })).effect

  test('may lack some, and is denied for those that are forbidden', () => {
    expect(half({})).toBe('permit')
    expect(half({ kind: 'good' })).toBe('permit')
    expect(half({ kind: 'bad' })).toBe('deny')
  })
})

test('a condition on people holds also before the parameters are known', () => {
  const adapter = policy(
    'permit(principal, action, resource) when { principal.fqans.contains("/astro") && context.parameters.size <= 1024 };',
  )
  expect(adapter.knows(member)).toBe(true)
  expect(adapter.knows(person('/O=T/CN=Cy'))).toBe(false)
})

test('what one VO says of somebody is not what another one asks about', () => {
  const adapter = policy(
    'permit(principal, action, resource) when { principal.attributes has astro && principal.attributes.astro has clearance && principal.attributes.astro.clearance == "high" };',
  )
  const cleared = (vo: string) => {
    const generic = [{ vo, name: 'clearance', value: 'high', qualifier: vo }]
    return adapter.decide(ask({ ...member, attributes: { ...member.attributes, generic } }, 'service.submit')).effect
  }
  expect([cleared('astro'), cleared('evil')]).toEqual(['permit', 'abstain'])
})
