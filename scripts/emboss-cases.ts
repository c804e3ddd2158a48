// Calls every case of EMBOSS's own test suite that passes raw as a service of a container, with imported descriptions, and writes
// docs/emboss-cases.md from what came of it. It takes some ten minutes; the tests that run always take a slice.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HttpsConnection } from '../src/client/https-connection.ts'
import { EmbossCases, each, type Outcome } from '../test/support/emboss/emboss-cases.ts'
import type { QaCase } from '../test/support/emboss/qatest.ts'
import { TestSite } from '../test/support/site.ts'

/** As many as there are cores here, so that the ratio is one of work and not of waiting. */
const atOnce = 2
const root = new URL('..', import.meta.url).pathname
const pick = new RegExp(process.argv[2] ?? '')
const say = (text: string): void => void process.stderr.write(`${text}\n`)
const folder = mkdtempSync(join(tmpdir(), 'gridwrap-emboss-'))
const cases = new EmbossCases(folder)

say('Running all cases raw, twice ...')
const all = EmbossCases.all().filter(one => pick.test(one.id))
await cases.runRaw(all, atOnce)
say(`${cases.raw.size} of ${all.length} pass. Importing ...`)
cases.importAll(join(root, 'bin/gridwrap'))
const outcomes = new Map<QaCase, Outcome>()
await using site = await TestSite.start({ services: [cases.services] })
using connection = new HttpsConnection({ credential: site.alice.proxy, trustDirectory: site.trust })
const passing = [...cases.raw.keys()]
let done = 0
const began = performance.now()
await each(passing, atOnce, async one => {
  outcomes.set(one, await cases.call(one, site.url, connection))
  if (++done % 100 === 0) say(`${done} of ${passing.length} called ...`)
})
const served = performance.now() - began

/** The cases whose subject is how EMBOSS reads command lines, ACD files and configurations; a typed call has none of these. */
const isGrammar = (one: QaCase): boolean => /^acd/.test(one.program) || /^(?:acd|nam)-/.test(one.id)
const count = (list: readonly QaCase[]): string => {
  const good = list.filter(one => outcomes.get(one)?.kind === 'agrees').length
  return `| ${list.length} | ${good} | ${((100 * good) / list.length).toFixed(1)} % |`
}
/** Why cases do not agree that never will: what is looked at, and what a service does instead. */
const reasons: Readonly<Record<string, string>> = {
  'abiview-ex': 'the sequence is named after the file, which has a name of ours',
  'align-wordmatch-sam': 'feature tables are named after sequences; here they have fixed names',
  'assemblyget-bam2bam-keep': 'looks at the file that -debug writes',
  'assemblyget-bamquery2bam-keep': 'looks at the file that -debug writes',
  'dbxcompress-ex': 'changes an index in place, which the raw run has done already',
  'dbxuncompress-keep': 'changes an index in place, which the raw run has done already',
  'embossdata-exfetch': 'copies a file of EMBOSS under its own name, which no parameter says',
  'est2genome-mode-both2': 'a qualifier before any sequence; the log does not say of which it is meant',
  'est2genome-nosplice-both2': 'a qualifier before any sequence; the log does not say of which it is meant',
  'jembossctl-ex': 'the program brings no ACD file',
  'acdlog-check': 'the program brings no ACD file',
  'qacc-eor-srswww-fail': 'a database that is not configured',
  'seq-inlist-bad': 'a list that names a file that is not there',
  'seq-outmultiusa-debug': 'prints the name that was asked for, of which ours is shorter',
  'seq-outusa-debug': 'prints the name that was asked for, of which ours is shorter',
  'seq-textauto-abi': 'a warning that names a path of the caller',
  'seqret-query-direct-fail': 'a message that names a path of the caller',
  'seqret-query-filename-wildid': 'files are told apart by a list here, and EMBOSS says of which the entry is not',
  'seqret-query-filename-wildnoid': 'a message that names a path of the caller',
  'tfextract-keep': 'writes files whose names no parameter says',
  'yank-ex': 'appends to a file that earlier calls wrote; each run has a directory of its own',
}
const miss = (one: QaCase): string => {
  const outcome = outcomes.get(one)
  const why = outcome?.kind === 'not-made' ? outcome.why : outcome?.kind === 'differs' ? (outcome.what[0] ?? '') : ''
  const because =
    reasons[one.id] ?? (isGrammar(one) ? 'its subject is the command line itself, or a configuration' : '')
  return `| ${one.id} | ${because} | ${outcome?.kind === 'not-made' ? 'no such call: ' : ''}${why.replaceAll('|', '\\|').replaceAll(folder, '').replace(/\s+/g, ' ').slice(0, 160)} |`
}
const missed = passing.filter(one => outcomes.get(one)?.kind !== 'agrees')
const report = `# EMBOSS's own test suite as services

Made by \`npm run emboss\` with EMBOSS ${'6.6'} and \`emboss-test\` of Debian 12; do not edit. Each case of \`qatest.dat\` that passes raw,
outside of any container, is called over SOAP as a service whose description \`gridwrap import acd\` made, and judged by the case's own
expectations: files, their lines, sizes and patterns, exit codes, messages. Two things differ on purpose and are put back before judging:
files have names of the description, and heads of reports repeat another command line.

| | pass raw | agree | |
|---|---|---|---|
| calls of programs ${count(passing.filter(one => !isGrammar(one)))}
| how EMBOSS reads command lines, ACD files and configurations ${count(passing.filter(isGrammar))}

${all.length} cases, ${passing.length} pass raw. In all ${(served / 1000).toFixed(0)} s as services, ${(cases.rawMilliseconds / 1000).toFixed(0)} s raw (with those that do not pass), ${atOnce} at once.

## What does not agree, and why

| case | why | what |
|---|---|---|
${missed
  .toSorted((a, b) => Number(isGrammar(a)) - Number(isGrammar(b)) || a.id.localeCompare(b.id))
  .map(miss)
  .join('\n')}
`
if (process.argv[2] === undefined) writeFileSync(join(root, 'docs/emboss-cases.md'), report)
process.stdout.write(report)
rmSync(folder, { recursive: true })
