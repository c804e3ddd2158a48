import { describe, expect, test } from 'vitest'
import type { AuthorizationAdapter, AuthorizationRequest, Verdict } from '../../../src/authz/adapter.ts'
import { AuthorizationChain } from '../../../src/authz/chain.ts'
import { Owner } from '../../../src/authz/owner.ts'
import { anonymous, type GsiIdentity, noAttributes } from '../../../src/core/identity.ts'

const identity: GsiIdentity = {
  scheme: 'gsi',
  subject: '/CN=a',
  issuer: '/CN=ca',
  proxy: 'full',
  expires: Number.POSITIVE_INFINITY,
  attributes: noAttributes,
}
const request: AuthorizationRequest = {
  identity,
  action: 'service.submit',
  service: 's',
  instance: undefined,
  parameters: undefined,
  parametersFollow: false,
}

const says = (effect: Verdict['effect']): AuthorizationAdapter => ({
  name: effect,
  knows: () => true,
  decide: () => ({ effect, rule: 'r' }),
})
const fails: AuthorizationAdapter = {
  name: 'broken',
  decide: () => {
    throw new Error('no file')
  },
}

describe('a chain', () => {
  test.each([
    ['nobody', [], 'deny'],
    ['abstentions', [says('abstain')], 'deny'],
    ['a permit', [says('abstain'), says('permit')], 'permit'],
    ['a deny behind a permit', [says('permit'), says('deny')], 'deny'],
    ['an adapter that fails', [says('permit'), fails], 'deny'],
  ] as const)('of %s', (_, adapters, effect) => {
    expect(new AuthorizationChain([...adapters]).decide(request).effect).toBe(effect)
  })

  test('names the adapter and its rule', () => {
    expect(new AuthorizationChain([says('permit')]).decide(request).rule).toBe('permit: r')
    expect(new AuthorizationChain([fails]).decide(request).rule).toContain('no file')
  })

  test('knows nobody without a certificate, whatever an adapter says', () => {
    expect(new AuthorizationChain([says('permit')]).knows(anonymous)).toBe(false)
    expect(new AuthorizationChain([says('permit')]).knows(identity)).toBe(true)
  })
})

describe('owners', () => {
  const owner = new Owner(['/CN=admin'])
  const ask = (subject: string, action: AuthorizationRequest['action'], shared?: 'read' | 'control') =>
    owner.decide({
      ...request,
      identity: { ...identity, subject },
      action,
      instance: { id: 'i', owner: 'gsi:/CN=a', shared },
    }).effect

  test('may everything with their instances', () => {
    for (const action of [
      'instance.read',
      'instance.control',
      'instance.lifetime',
      'instance.destroy',
      'instance.write',
    ] as const)
      expect(ask('/CN=a', action)).toBe('permit')
  })

  test('give others what they shared, and nothing else', () => {
    expect(ask('/CN=b', 'instance.read')).toBe('abstain')
    expect(ask('/CN=b', 'instance.read', 'read')).toBe('permit')
    expect(ask('/CN=b', 'instance.control', 'read')).toBe('abstain')
    expect(ask('/CN=b', 'instance.control', 'control')).toBe('permit')
    expect(ask('/CN=b', 'instance.destroy', 'control')).toBe('abstain')
  })

  test('administrators may everything', () => {
    expect(ask('/CN=admin', 'instance.destroy')).toBe('permit')
  })
})
