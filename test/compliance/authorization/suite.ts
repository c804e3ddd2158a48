import { describe, expect, test } from 'vitest'
import { type Action, actionNames } from '../../../src/authz/actions.ts'
import type { AuthorizationAdapter, AuthorizationRequest } from '../../../src/authz/adapter.ts'
import { AuthorizationChain } from '../../../src/authz/chain.ts'
import { anonymous, type GsiIdentity, type Identity, noAttributes } from '../../../src/core/identity.ts'

export const person = (
  subject: string,
  fqans: readonly string[] = [],
  proxy: GsiIdentity['proxy'] = 'full',
): GsiIdentity => ({
  scheme: 'gsi',
  subject,
  issuer: '/CN=ca',
  proxy,
  expires: Number.POSITIVE_INFINITY,
  attributes: { ...noAttributes, fqans },
})

export const ask = (
  identity: Identity,
  action: Action,
  more: Partial<AuthorizationRequest> = {},
): AuthorizationRequest => ({
  identity,
  action,
  service: 'needle',
  instance: undefined,
  parameters: undefined,
  parametersFollow: false,
  ...more,
})

const stranger = person('/O=Nowhere/CN=Stranger')
const strange = {
  inputs: { a: [1n, 2.5, { b: true }], bytes: new Uint8Array(3), none: null, text: 'x'.repeat(100_000) },
  options: { waitSeconds: 3 },
}
const someInstance = { id: 'i', owner: 'gsi:/O=Else/CN=Owner', shared: undefined }

/**
 * What every authorization adapter must keep to, a site's own too: strangers and anonymous get nothing from it, it gives
 * nobody the sight of an instance (that is `owner`'s to do), it answers at once, and the same twice.
 */
export function authorizationCompliance(
  name: string,
  open: () => Promise<AuthorizationAdapter> | AuthorizationAdapter,
  known: readonly Identity[],
): void {
  describe(`${name} as an authorization adapter`, () => {
    test('has a name that logs can show', async () => {
      expect((await open()).name).toMatch(/^[a-z][a-z0-9-]*$/)
    })

    test('permits anonymous and strangers nothing, and does not know them', async () => {
      const adapter = await open()
      for (const nobody of [anonymous, stranger]) {
        expect(adapter.knows?.(nobody) ?? false).toBe(false)
        for (const action of actionNames) {
          expect(adapter.decide(ask(nobody, action)).effect).not.toBe('permit')
          expect(adapter.decide(ask(nobody, action, { parametersFollow: true })).effect).not.toBe('permit')
          expect(adapter.decide(ask(nobody, action, { service: undefined })).effect).not.toBe('permit')
        }
      }
    })

    test('gives those whom it knows nothing of other people’s instances', async () => {
      const adapter = await open()
      for (const identity of known)
        for (const action of actionNames.filter(one => one.startsWith('instance.')))
          expect(adapter.decide(ask(identity, action, { instance: someInstance })).effect).not.toBe('permit')
    })

    test('answers with an effect and a rule, at once, and the same again', async () => {
      const adapter = await open()
      for (const identity of [...known, stranger, anonymous])
        for (const action of actionNames)
          for (const parameters of [undefined, { inputs: {}, options: {} }, strange]) {
            const verdict = adapter.decide(ask(identity, action, { parameters }))
            expect(verdict.effect).toMatch(/^(permit|deny|abstain)$/)
            expect(verdict.rule).not.toBe('')
            expect(adapter.decide(ask(identity, action, { parameters }))).toEqual(verdict)
          }
    })

    test('alone in a chain it lets nobody in whom it does not know', async () => {
      const chain = new AuthorizationChain([await open()])
      expect(chain.knows(stranger)).toBe(false)
      expect(chain.decide(ask(stranger, 'service.submit')).effect).toBe('deny')
    })
  })
}
