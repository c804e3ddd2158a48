import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HttpsConnection } from '../../../src/client/https-connection.ts'
import { EmbossCases } from '../../support/emboss/emboss-cases.ts'
import { embossTest } from '../../support/emboss/raw-case.ts'
import { missing } from '../../support/peer.ts'
import { root, TestSite } from '../../support/site.ts'

/** EMBOSS's own examples of programs of every kind; `npm run emboss` takes all cases (docs/emboss-cases.md). */
const slice = [
  ...[
    'antigenic-ex',
    'backtranseq-ex',
    'banana-ex',
    'charge-ex',
    'cirdna-ex',
    'codcopy-ex',
    'coderet-ex2',
    'compseq-ex3',
  ],
  ...[
    'cusp-ex',
    'density-ex',
    'density-ex2',
    'descseq-ex3',
    'diffseq-ex',
    'dottup-ex',
    'emma-ex',
    'fuzznuc-ex',
    'fuzzpro-ex',
  ],
  ...[
    'infoalign-ex6',
    'listor-ex',
    'merger-ex',
    'mwcontam-ex',
    'needle-ex',
    'needle-endweight2',
    'pepnet-ex',
    'pepstats-ex',
  ],
  ...[
    'plotorf-ex',
    'prettyplot-ex2',
    'qual-ufo',
    'restrict-ex',
    'seq-in-fastq-sanger',
    'seq-inlist-good',
    'seq-offset',
  ],
  ...['seqall-rev-fasta', 'seqret-query-direct-id', 'seqret-query-filename-wild', 'showalign-colourfile', 'transeq-ex'],
  ...[
    'union-ex',
    'urlget-ex',
    'vectorstrip-ex',
    'water-ex',
    'acd-noquote',
    'acdc-listbad',
    'pepwindow-localfail',
    'water-ex2',
  ],
]

const hasCases = existsSync(embossTest) || missing('The package emboss-test is not installed, and a test needs it.')

test.skipIf(!hasCases)('cases of EMBOSS that pass raw pass as imported services', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gridwrap-emboss-'))
  try {
    const cases = new EmbossCases(folder)
    await cases.runRaw(
      EmbossCases.all().filter(one => slice.includes(one.id)),
      2,
    )
    // emma needs clustalw, which not everybody has.
    expect(cases.raw.size).toBeGreaterThan(slice.length - 5)
    cases.importAll(join(root, 'bin/gridwrap'))
    await using site = await TestSite.start({ services: [cases.services] })
    using connection = new HttpsConnection({ credential: site.alice.proxy, trustDirectory: site.trust })
    const wrong: Record<string, unknown> = {}
    for (const one of cases.raw.keys()) {
      const outcome = await cases.call(one, site.url, connection)
      if (outcome.kind !== 'agrees') wrong[one.id] = outcome
    }
    expect(wrong).toEqual({})
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
