import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpsConnection } from '../../../src/client/https-connection.ts'
import type { JobRef, JobStatus } from '../../../src/factory/job-status.ts'
import { needs } from '../../support/peer.ts'
import { pythonSession } from '../../support/python-session.ts'
import { TestSite } from '../../support/site.ts'

/** Says which of so many processes it is, and reads what is not its own. */
const ranks = `
gridwrap: 1
name: ranks
title: Says which of how many it is
command: sh rank.sh
limits: {cores: 2, mpi: true}
files:
  - rank.sh: echo "rank $OMPI_COMM_WORLD_RANK of $OMPI_COMM_WORLD_SIZE"
outputs: {said: stdout}
`
const looks = `
gridwrap: 1
name: looks
title: Looks for what is not its own
command: sh look.sh {path}
inputs: {path: {type: string, pattern: '/.*'}}
files:
  - look.sh: if cat "$1" 2>/dev/null; then echo found; else echo nothing; fi
outputs: {said: stdout}
`

interface Said {
  readonly said: { readonly content: Uint8Array }
  readonly status: JobStatus
}

describe.runIf(needs('bwrap') && needs('mpirun'))('where the site starts parallel programs, and shuts all in', () => {
  let site: TestSite
  let connection: HttpsConnection

  beforeAll(async () => {
    site = await TestSite.start({
      descriptions: { ranks, looks, python: pythonSession('python') },
      configuration: {
        // Two processes on whatever machine.
        run: "{at-once: 8, grace: 2s, sandbox: always, mpi: 'mpirun --oversubscribe -n {cores}', sandbox-reads: [/tmp]}",
      },
    })
    connection = site.connect()
  })
  afterAll(async () => {
    connection[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })

  const run = async (name: string, inputs: object): Promise<string> => {
    const service = await site.service(name, connection)
    const { results } = await service.call<{ results: Said }>('run', { ...inputs })
    expect(results.status).toMatchObject({ state: 'Done' })
    return Buffer.from(results.said.content).toString()
  }

  test('a parallel program is so many processes as it has cores, and as few as its caller wants', async () => {
    expect((await run('ranks', {})).trim().split('\n').sort()).toEqual(['rank 0 of 2', 'rank 1 of 2'])
    expect(await run('ranks', { options: { limits: { cores: 1 } } })).toBe('rank 0 of 1\n')
  })

  test('a program reads what the site shows, and nothing of the container, nor of other jobs', async () => {
    expect(await run('looks', { path: site.caFile })).toMatch(/BEGIN CERTIFICATE[\s\S]*found\n$/)
    expect(await run('looks', { path: `${site.folder}/certificates/nothing` })).toBe('nothing\n')
    for (const path of [`${site.folder}/hostkey.pem`, `${site.data}/gridwrap.sqlite`])
      expect(await run('looks', { path })).not.toMatch(/KEY|SQLite/)
  })

  test('a session answers out of its sandbox', async () => {
    const service = await site.service('python', connection)
    const { job } = await service.call<{ job: JobRef }>('submit', {})
    const code = `import os\nprint(os.path.exists('${site.data}/gridwrap.sqlite'), os.getpid() < 100)`
    const { evaluation } = await service.call<{ evaluation: object }>('evaluate', { code }, job.handle)
    expect(evaluation).toMatchObject({ ok: true, output: 'False True\n' })
    await service.call('destroy', {}, job.handle)
  })
})
