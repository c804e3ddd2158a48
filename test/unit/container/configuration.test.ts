import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfiguration } from '../../../src/container/configuration.ts'

const folder = mkdtempSync(join(tmpdir(), 'gridwrap-configuration-'))
afterAll(() => rmSync(folder, { recursive: true }))

const least = `
gridwrap: 1
authority: here.example.org
listen: {https: "127.0.0.1:8443"}
data: data
services: []
host-credential: {certificate: c, key: k}
trust: {certificates: t}
authorize: [owner]
`

const read = (more: string): ReturnType<typeof readConfiguration> => {
  const file = join(folder, 'gridwrap.yaml')
  writeFileSync(file, least + more)
  return readConfiguration(file)
}

test.each([
  ['stagin: {}', /the file has no key "stagin"; did you mean "staging"\?/],
  ['staging: {alow: []}', /staging has no key "alow"; did you mean "allow"\?/],
  [
    'staging: {allow: "localhost:1"}',
    /staging\.allow\.0 has "localhost:1", which is neither a network .*\(none has a port\)/,
  ],
  ['staging: {allow: [10.0.0.0/33]}', /"10\.0\.0\.0\/33"/],
  ['staging: {allow: ["fe80::1%eth0"]}', /"fe80::1%eth0"/],
  ['staging: {allow: ["localhost."]}', /"localhost\."/],
  ['staging: {allow: ["*.*.org"]}', /"\*\.\*\.org"/],
  [
    'gridftp: {exports: [{name: data, foldr: /data}]}',
    /gridftp\.exports\.0 has no key "foldr"; did you mean "folder"\?/,
  ],
  ['run: {limits: {memry: 1GB}}', /run\.limits has no key "memry"; did you mean "memory"\?/],
])('%s is told with its place', (text, message) => {
  expect(() => read(text)).toThrow(message)
})

test.each([
  ['data.example.org', ['data.example.org']],
  [
    '[10.1.0.0/16, "fd00::/8", "*.example.org", localhost, 192.168.0.7]',
    ['10.1.0.0/16', 'fd00::/8', '*.example.org', 'localhost', '192.168.0.7'],
  ],
])('staging may be allowed for %s', (text, allowed) => {
  expect(read(`staging: {allow: ${text}}`).staging.allow).toEqual(allowed)
})
