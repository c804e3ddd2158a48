import { copyFile, mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Snippet } from '../../../src/web/snippets/snippet.ts'
import { needs } from '../../support/peer.ts'
import { root, TestSite } from '../../support/site.ts'
import { run } from '../gsi/run-program.ts'
import { clientEnvironment, hasGsoap, hasModule, hasPhpSoap, hasZeep } from './foreign-program.ts'

// What stands on the page of a service is pasted, unchanged.

let site: TestSite
beforeAll(async () => {
  site = await TestSite.start({
    key: 'rsa',
    services: ['test/fixtures/interop/rich', 'services/needle', 'services/python', 'services/bessel'],
  })
})
afterAll(() => site[Symbol.asyncDispose]())

const languages: Readonly<Record<string, () => boolean>> = {
  gridwrap: () => true,
  python: hasZeep,
  'python-submit': hasZeep,
  java: () => ['wsimport', 'javac', 'keytool', 'openssl', 'curl'].every(needs),
  c: hasGsoap,
  php: hasPhpSoap,
  perl: () => hasModule('perl', ['-MSOAP::Lite', '-e', '1'], 'libsoap-lite-perl'),
  javascript: () => true,
  curl: () => needs('curl'),
}

async function snippetsOf(service: string): Promise<readonly Snippet[]> {
  using connection = site.connect()
  const { text } = await connection.sendForText('GET', `${site.url}/services/${service}`, {
    Accept: 'application/json',
  })
  return (JSON.parse(text) as { readonly snippets: readonly Snippet[] }).snippets
}

/** Pastes one into a folder of its own, as a person would. */
async function paste(
  service: string,
  language: string,
  files: readonly string[],
  edited: (text: string) => string = text => text,
): Promise<string> {
  const snippet = (await snippetsOf(service)).find(one => one.language === language)
  if (snippet === undefined) throw new Error(`The page has nothing for ${language}.`)
  const folder = await mkdtemp(join(site.folder, `${language}-`))
  for (const file of files) await copyFile(join(root, file), join(folder, file.replace(/^.*\//, '')))
  if (snippet.program !== undefined) await writeFile(join(folder, snippet.program.file), edited(snippet.program.text))
  // npm install soap, without the network.
  await mkdir(join(folder, 'node_modules'))
  await symlink(join(root, 'node_modules/soap'), join(folder, 'node_modules/soap'))
  const env = {
    ...site.environmentFor(),
    ...clientEnvironment(site),
    PATH: `${join(root, 'bin')}:${join(root, 'node_modules/node/bin')}:/usr/bin:${process.env['PATH'] ?? ''}`,
  }
  const { code, stdout, stderr } = await run('sh', ['-e'], { env, cwd: folder, input: snippet.commands.join('\n') })
  if (code !== 0) throw new Error(`${language} ended with ${code}:\n${stderr}\n${stdout}`)
  return stdout
}

test('the page has a call for every language', async () => {
  expect((await snippetsOf('rich')).map(({ language }) => language).toSorted()).toEqual(
    Object.keys(languages).toSorted(),
  )
})

describe.each(Object.entries(languages))('%s', (language, isThere) => {
  test.skipIf(!isThere())('calls a service with inputs of every kind', async () => {
    const said = await paste('rich', language, ['test/fixtures/interop/rich/table.txt'])
    expect(said).toContain('9007199254740993')
    expect(said).toMatch(/2[.]5/)
    expect(said).toMatch(/https:\/\/localhost:\d+\/instances\/[a-z2-7]{26}\/files\/copy-1[.]txt|copy-1[.]txt/)
    using connection = site.connect()
    const handle = /https:\/\/localhost:\d+\/instances\/[a-z2-7]{26}/.exec(said)?.[0]
    if (handle === undefined) return
    const { text } = await connection.sendForText('GET', `${handle}/files/stdout`)
    expect(text).toBe(
      'word it\'s <&> "ä" $HOME \\\nwhole 9007199254740993\nreal 2.5\nflag true\npick very_slow\nlength 3\nlength 5\nnote first\nsecond\n\ntable what is in the table\npart a part\npart another\n',
    )
  })

  test.skipIf(!isThere() || !needs('needle'))('calls needle', async () => {
    const said = await paste('needle', language, ['services/needle/hba.fasta', 'services/needle/hbb.fasta'])
    expect(said).toMatch(/278/)
  })
})

describe('a session, and a library', () => {
  test.skipIf(!needs('python3')).for(['gridwrap', 'python'])(
    'are opened and called from %s',
    async (language, { skip }) => {
      if (languages[language]?.() !== true) return skip()
      expect(await paste('python', language, [])).toMatch(/ok['"]: [Tt]rue/)
      expect(await paste('bessel', language, [])).toMatch(/-?[0-9.]+e-1[0-9]/)
    },
  )
})

test.skipIf(!languages['java']?.())('Java calls with MTOM, small files and large ones', async () => {
  const large = 'large '.repeat(200_000)
  await writeFile(join(site.folder, 'large.txt'), large)
  const said = await paste('rich', 'java', ['test/fixtures/interop/rich/table.txt'], text =>
    text
      .replace(/[.]getRich[(][)]/, '.getRich(new javax.xml.ws.soap.MTOMFeature(0))')
      .replace('Path.of("table.txt")', `Path.of("${join(site.folder, 'large.txt')}")`),
  )
  const handle = /https:\/\/localhost:\d+\/instances\/[a-z2-7]{26}/.exec(said)?.[0]
  using connection = site.connect()
  const { text } = await connection.sendForText('GET', `${handle ?? ''}/files/stdout`)
  expect(text).toContain(`table ${large}`)
  expect(site.log).not.toContain('"fault"')
})
