import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { qname } from '../../../src/core/qname.ts'
import { parseContentType } from '../../../src/soap/content-type.ts'
import { conflictingAction, requestedActions } from '../../../src/soap/soap-action.ts'

describe('parseContentType', () => {
  it.each<[string, string, Record<string, string>]>([
    ['text/xml', 'text/xml', {}],
    ['Text/XML; Charset=UTF-8', 'text/xml', { charset: 'UTF-8' }],
    ['text/xml;charset="utf-8"', 'text/xml', { charset: 'utf-8' }],
    [
      'application/soap+xml; charset=utf-8; action="urn:a;b"',
      'application/soap+xml',
      { charset: 'utf-8', action: 'urn:a;b' },
    ],
    [
      'application/soap+xml;action=http://example.org/x#y',
      'application/soap+xml',
      { action: 'http://example.org/x#y' },
    ],
    ['application/soap+xml; action="a\\"b"', 'application/soap+xml', { action: 'a"b' }],
    ['text/xml;', 'text/xml', {}],
    ['text/xml ; ; a=b', 'text/xml', { a: 'b' }],
  ])('reads %s', (header, mediaType, parameters) => {
    const type = parseContentType(header)
    expect(type?.mediaType).toBe(mediaType)
    expect(Object.fromEntries(type?.parameters ?? [])).toEqual(parameters)
  })

  it.each([
    '',
    'text',
    'text/',
    '/xml',
    'text/xml charset=utf-8',
    'text/xml; a="b',
    'text/xml; a=b; A=c',
    'text/xml; a="b"c',
    'text/xml, text/xml',
    `text/xml; a="${'b'.repeat(5000)}"`,
  ])('refuses %j', header => {
    expect(parseContentType(header)).toBeUndefined()
  })

  it('never throws, and reads its own parts back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        parseContentType(`text/xml;${text}`)
        const quoted = parseContentType(`text/xml; a="${text.replace(/["\\]/g, '\\$&')}"`)
        expect(quoted?.parameters.get('a')).toBe(text)
      }),
    )
  })
})

describe('requestedActions', () => {
  it.each<[string | undefined, string | undefined, string[]]>([
    [undefined, 'text/xml', []],
    ['""', 'text/xml', []],
    ['', undefined, []],
    ['"urn:a"', 'text/xml', ['urn:a']],
    [' urn:a ', 'text/xml', ['urn:a']],
    ['"urn:a"', 'application/soap+xml; action="urn:b"', ['urn:a', 'urn:b']],
    [undefined, 'application/soap+xml; action=urn:b', ['urn:b']],
  ])('of %j and %j', (header, contentType, actions) => {
    expect(requestedActions(header, contentType)).toEqual(actions)
  })
})

describe('conflictingAction', () => {
  const run = qname('urn:app', 'run')
  const destroy = qname('urn:job', 'destroy')
  const actions = new Map([
    ['urn:app/run', run],
    ['urn:job/destroy', destroy],
  ])

  it('finds the action of another operation of the service, and no other', () => {
    const conflict = (...names: string[]): unknown => conflictingAction(names, run, actions)
    expect(conflict()).toBeUndefined()
    expect(conflict('urn:app/run')).toBeUndefined()
    expect(conflict('urn:app#run')).toBeUndefined()
    expect(conflict('urn:elsewhere/destroy', 'destroy', '/')).toBeUndefined()
    expect(conflict('urn:job/destroy')).toEqual(destroy)
    expect(conflict('urn:job#destroy')).toEqual(destroy)
    expect(conflict('urn:app/run', 'urn:job/destroy')).toEqual(destroy)
  })
})
