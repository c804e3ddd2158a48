import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestSite } from '../../support/site.ts'
import { json, type Ran, run, start } from './command.ts'
import { greet } from './described.ts'

let site: TestSite
let env: Record<string, string>

beforeAll(async () => {
  site = await TestSite.start({ descriptions: { greet } })
  env = site.environmentFor()
})
afterAll(() => site[Symbol.asyncDispose]())

const command = (...words: readonly string[]): Promise<Ran> => run(words, { env, cwd: site.folder })
const submit = async (...words: readonly string[]): Promise<string> =>
  (await command('submit', 'greet', ...words)).stdout.trim()

describe('the life of a job, by hand', () => {
  test('submit answers with the handle; wait, status, results and output tell the rest', async () => {
    const handle = await submit('who=Ada', 'times=3', '--label', 'first')
    expect(handle).toMatch(/^https:\/\/localhost:\d+\/instances\/[a-z2-7]{26}$/)
    const waited = await command('wait', handle)
    expect(waited).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/ greet {2}\[first\] {2}Done\n {2}used .* of processor time, .*\n$/),
    })
    expect((await command('status', handle)).stdout).toBe(waited.stdout)
    const results = await command('results', handle, '--out', 'fetched')
    expect(results).toMatchObject({ code: 0, stdout: expect.stringContaining('last = Ada') })
    const said = await readFile(join(site.folder, 'fetched', 'stdout'), 'utf8')
    expect(said).toBe('begun\nhello Ada\nhello Ada\nhello Ada\n')
    expect((await command('output', handle)).stdout).toBe(said)
    expect((await command('output', handle, 'size')).stdout).toBe('0\n')
  })

  test('an id, its beginning, a label and last will do for a handle', async () => {
    const handle = await submit('who=Eve', '--label', 'by name')
    const id = handle.slice(-26)
    const answers = await Promise.all(
      [handle, id, id.slice(0, 8), 'by name', 'last'].map(word => command('wait', word, '--json')),
    )
    for (const answer of answers) expect(json(answer)).toMatchObject({ job: { id, handle }, label: 'by name' })
    // On another machine there is no history, and the whole id is enough.
    const elsewhere = { ...env, XDG_STATE_HOME: join(site.folder, 'elsewhere') }
    expect(json(await run(['status', id, '--json'], { env: elsewhere }))).toMatchObject({ job: { handle } })
    expect(await run(['status', 'last'], { env: elsewhere })).toMatchObject({ code: 4 })
    expect(await command('status', 'nobody-knows')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('whole id'),
    })
  })

  test('output --follow shows what comes until the end', async () => {
    await submit('who=Ada', 'pause=600', '--label', 'followed')
    const child = start(['output', 'followed', '--follow'], { env })
    const whole = text(child.stdout)
    await new Promise(resolve => child.stdout.once('data', resolve))
    expect((await command('cancel', 'followed', '--json')).code).toBe(0)
    expect(await whole).toBe('begun\n')
  })

  test('suspend, resume and cancel answer when it has come about', async () => {
    await submit('who=Ada', 'pause=600', '--label', 'held')
    await active('held')
    expect(json(await command('suspend', 'held', '--json'))).toMatchObject({ state: 'Suspended' })
    expect((await command('status', 'held')).stdout).toContain('Suspended')
    expect(json(await command('resume', 'held', '--json'))).toMatchObject({ state: 'Active' })
    expect(json(await command('cancel', 'held', '--json'))).toMatchObject({ state: 'Canceled' })
    expect(await command('wait', 'held')).toMatchObject({ code: 1, stdout: expect.stringContaining('Canceled') })
    expect(await command('suspend', 'held')).toMatchObject({ code: 5, stderr: expect.stringContaining('Canceled') })
  })

  test('wait gives up when it is told to', async () => {
    await submit('who=Ada', 'pause=600', '--label', 'slow')
    expect(await command('wait', 'slow', '--timeout', '0s')).toMatchObject({ code: 5, stderr: 'The job goes on.\n' })
    expect(await command('results', 'slow')).toMatchObject({ code: 5 })
    expect(json(await command('destroy', 'slow', '--json'))).toMatchObject({ destroyed: expect.any(String) })
    expect(await command('status', 'slow')).toMatchObject({ code: 4, stderr: expect.stringContaining('ended') })
  })

  test('a failed job says why, and how its standard error ended', async () => {
    await submit('who=Ada', 'mode=broken', '--label', 'failed')
    expect(await command('wait', 'failed')).toMatchObject({ code: 1, stdout: expect.stringContaining('it is broken') })
    const results = await command('results', 'failed')
    expect(results).toMatchObject({ code: 1, stderr: expect.stringContaining('  | the fancy hat is torn') })
  })

  test('the same request id gives the same job', async () => {
    const first = await submit('who=Ada', '--request-id', 'only-once')
    expect(await submit('who=Ada', '--request-id', 'only-once')).toBe(first)
    expect(await command('submit', 'greet', 'who=Bob', '--request-id', 'only-once')).toMatchObject({ code: 2 })
  })

  test('list shows them, by state and by label', async () => {
    const handle = await submit('who=Ada', '--label', 'listed')
    await command('wait', handle)
    const all = json<{ label?: string; job: { handle: string } }[]>(await command('list', 'greet', '--json'))
    expect(all[0]?.job.handle).toBe(handle)
    const [done, listed, none] = await Promise.all([
      command('list', 'greet', '--state', 'Done', 'Failed'),
      command('list', 'greet', '--label', 'listed', '--json'),
      command('list', 'greet', '--label', 'no such label'),
    ])
    expect(done.stdout).toContain(handle.slice(-26))
    expect(json<unknown[]>(listed)).toHaveLength(1)
    expect(none).toMatchObject({ code: 0, stdout: '', stderr: 'There are none.\n' })
    const wrong = await command('list', 'greet', '--state', 'Dnoe')
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean Done?') })
  })
})

describe('data', () => {
  test('shows service data of a job and of a service', async () => {
    await submit('who=Ada', '--label', 'told')
    await command('wait', 'told')
    const [job, one, several, service] = await Promise.all([
      command('data', 'told', '--json'),
      command('data', 'told', 'state'),
      command('data', 'told', 'usage', 'owner', 'terminationTime', 'job:label'),
      command('data', 'greet'),
    ])
    expect(json(job)).toEqual(
      expect.arrayContaining([
        { name: 'state', value: 'Done' },
        { name: 'status', value: expect.objectContaining({ state: 'Done', application: 'greet' }) },
      ]),
    )
    expect(several.stdout.match(/^\w+/gm)).toEqual(['usage', 'owner', 'terminationTime', 'label'])
    expect(one.stdout).toMatch(/^state +Done\n$/)
    expect(service.stdout).toMatch(/interface +Factory/)
    const wrong = await command('data', 'told', 'sttae')
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean state?') })
  })
})

describe('call', () => {
  test('calls any operation of a WSDL with words or JSON', async () => {
    const wsdl = `${site.url}/services/greet?wsdl`
    const [words, object] = await Promise.all([
      command('call', wsdl, 'run', 'who=Ada', 'times=2'),
      command('call', wsdl, 'run', '{"who": "Bob", "times": 1}', '--json'),
    ])
    expect(json(words)).toMatchObject({ results: { last: 'Ada', status: { state: 'Done' } } })
    expect(json(object)).toMatchObject({ results: { last: 'Bob' } })
  })

  test('takes files as run does', async () => {
    const [good, missing] = await Promise.all([
      command('call', 'greet', 'run', 'who=Ada', 'note=text:four'),
      command('call', 'greet', 'run', 'who=Ada', 'note=nothing.txt'),
    ])
    expect(json(good)).toMatchObject({ results: { bytes: 4 } })
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no such file') })
  })

  test('gives any XML as text', async () => {
    const query = (xml: string): Promise<Ran> =>
      command('call', `${site.url}/registry?wsdl`, 'findServiceData', JSON.stringify({ queryExpression: { any: xml } }))
    const names =
      '<queryByServiceDataNames xmlns="http://www.gridforum.org/namespaces/2003/03/OGSI"><name>interface</name></queryByServiceDataNames>'
    const [good, bad] = await Promise.all([query(names), query('<name')])
    expect(good).toMatchObject({ code: 0, stdout: expect.stringContaining('Registry') })
    expect(bad).toMatchObject({ code: 2, stderr: expect.stringContaining('any takes XML') })
  })

  test('of a job at the address of its own, and nowhere else', async () => {
    const handle = await submit('who=Ada')
    const [own, none] = await Promise.all([command('call', handle, 'waitFor'), command('call', 'greet', 'getStatus')])
    expect(json(own)).toMatchObject({ status: { state: 'Done' } })
    expect(none).toMatchObject({ code: 4, stderr: expect.stringContaining('the one that submit answered') })
  })

  test('tells faults, operations and addresses that are wrong', async () => {
    const wsdl = `${site.url}/services/greet?wsdl`
    const [fault, failed, misspelt, gone] = await Promise.all([
      command('call', wsdl, 'run', 'who=Ada', 'times=77'),
      command('call', wsdl, 'run', 'who=Ada', 'mode=broken'),
      command('call', wsdl, 'rnu', 'who=Ada'),
      command('call', `${site.url}/services/gret?wsdl`, 'run'),
    ])
    expect(fault).toMatchObject({ code: 2, stderr: expect.stringContaining('times = "77": must be') })
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('the fancy hat is torn') })
    expect(misspelt).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean run?') })
    expect(gone).toMatchObject({ code: 4, stderr: expect.stringContaining('Did you mean greet?') })
  })
})

describe('describe-service', () => {
  test('tells operations, types and bindings', async () => {
    const [text, document, page, none, other] = await Promise.all([
      command('describe-service', `${site.url}/services/greet?wsdl`),
      command('describe-service', `${site.url}/services/greet?wsdl12`, '--json'),
      command('describe-service', `${site.url}/services/greet`),
      command('describe-service', `${site.url}/health`),
      command('describe-service', 'greet.wsdl'),
    ])
    expect(text.stdout).toContain('(SOAP 1.1, document/literal)')
    expect(text.stdout).toMatch(/^ {2}run\(who: string, times\?: \w+/m)
    expect(text.stdout).toMatch(/^ {2}JobStatus: \{/m)
    expect(text.stdout).toMatch(/^The address of a job \(SOAP 1.1, document\/literal\)/m)
    expect(text.stdout).toMatch(/^ {2}TimesValue: .*\b1\b.*/m)
    expect(text.stdout).toMatch(/^ {2}FileIn: \{name\?: string, text: string \| content: base64Binary \| url: /m)
    const { operations } = json<{ operations: { name: string; binding: string; request: object[] }[] }>(document)
    expect(operations.find(({ name }) => name === 'run')).toMatchObject({
      binding: 'SOAP 1.2, document/literal',
      request: expect.arrayContaining([{ name: 'who', type: 'string', optional: false, repeated: false }]),
    })
    // The WSDL behind ?wsdl is found from the address of the service.
    expect(page.stdout).toContain('(SOAP 1.1, document/literal)')
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('Nor is there one behind ?wsdl.') })
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no file greet.wsdl') })
  })
})

async function active(job: string): Promise<void> {
  const state = async (): Promise<string> => json<{ state: string }>(await command('status', job, '--json')).state
  await expect.poll(state, { timeout: 20_000 }).toBe('Active')
}

test('a server of files for nobody, or for people of a list that is not there, is not started', async () => {
  const host = ['--cert', 'hostcert.pem', '--key', 'hostkey.pem', '--listen', 'localhost:0']
  const [nobody, list] = await Promise.all([
    command('gridftp', '--root', '.', ...host),
    command('gridftp', '--root', '.', ...host, '--gridmap', 'nobody'),
  ])
  expect(nobody).toMatchObject({ code: 2, stderr: expect.stringContaining('Nobody could come') })
  expect(list).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no file nobody') })
})
