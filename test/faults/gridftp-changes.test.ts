import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { gridwrapCopy, streamsOf, untilComing } from '../support/data-clients.ts'
import { DataSite } from '../support/data-site.ts'
import { GridFtpProcess } from '../support/gridftp-process.ts'
import { needs } from '../support/peer.ts'

const old = randomBytes(100_000_000)
const other = randomBytes(old.length)
const added = randomBytes(1_000_000)

/** What happens to the source while it is copied, and what it is then. */
const changes: Readonly<Record<string, (source: string) => Buffer>> = {
  'is appended to': source => {
    appendFileSync(source, added)
    return Buffer.concat([old, added])
  },
  'is replaced': source => {
    renameSync(`${source}.next`, source)
    return other
  },
  'is replaced by one of the same size and time': source => {
    const { atime, mtime } = statSync(source)
    utimesSync(`${source}.next`, atime, mtime)
    renameSync(`${source}.next`, source)
    return other
  },
  'is written over in its place': source => {
    const { atime, mtime } = statSync(source)
    writeFileSync(source, other, { flag: 'r+' })
    utimesSync(source, atime, mtime)
    return other
  },
  'is cut off': source => {
    truncateSync(source, 50_000_000)
    return old.subarray(0, 50_000_000)
  },
}

/** A file that is changed while gridwrap cp copies it ends as one of its versions, or as an error that says so. */
describe.each(['our server', 'globus-gridftp-server'])('while it is copied from %s a file', kind => {
  const isOurs = kind === 'our server'
  const skipped = !isOurs && !needs('globus-gridftp-server')
  let site: DataSite
  let at: string
  const stack = new AsyncDisposableStack()
  beforeAll(async () => {
    if (skipped) return
    site = stack.use(await DataSite.make())
    const server = stack.use(isOurs ? await GridFtpProcess.start(site) : await site.server())
    at = `gsiftp://localhost:${server.port}${isOurs ? '' : site.files.folder}/in`
  })
  afterAll(() => stack.disposeAsync())
  beforeEach(() => {
    if (skipped) return
    writeFileSync(site.remote('in'), old)
    writeFileSync(site.remote('in.next'), other)
    rmSync(site.path('got'), { force: true })
  })

  /** Begins a copy, and waits until some of it is there; one that was faster than that is begun again. */
  const inTheMiddle = async (streams: number): Promise<{ readonly ended: ReturnType<typeof gridwrapCopy> }> => {
    for (;;) {
      const ended = gridwrapCopy(site, ...streamsOf(streams), at, 'got')
      const coming = untilComing(site.folder, '.gridwrap-part', 10_000_000)
      coming.catch(() => undefined)
      const there = await Promise.race([coming, ended.then(() => undefined)])
      if (there !== undefined && there() > 0 && there() < old.length) return { ended }
      await ended
      rmSync(site.path('got'), { force: true })
    }
  }

  const cases = Object.keys(changes).flatMap(what => [1, 4].map(streams => [what, streams] as const))
  test.skipIf(skipped).each(cases)('that %s (%i streams) is never a mixture', async (what, streams) => {
    const copying = await inTheMiddle(streams)
    const next = changes[what]?.(site.remote('in'))
    const { code, said } = await copying.ended
    if (code === 0) {
      const got = readFileSync(site.path('got'))
      expect([old, next].filter(version => version?.equals(got) === true)).toHaveLength(1)
    } else {
      expect(said).toMatch(/^gridwrap: .*(?:was changed|was cut off|checksums differ|has \d+ bytes)/m)
      expect(existsSync(site.path('got'))).toBe(false)
    }
  })
})
