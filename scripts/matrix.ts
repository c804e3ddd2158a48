// Runs every combination of the GridFTP matrices against the real programs, and writes docs/gridftp-matrix.md from what came of
// it. It takes a quarter of an hour; the tests that run always take a selection in which any two values meet.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { markdownTable } from '../test/support/markdown-table.ts'

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[]
  }[]
}

const root = new URL('..', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'gridwrap-matrix-'))

/** Runs all cases of one file; the values of each, in the order of its factors, and whether it passed. */
function run(
  file: string,
  factors: number,
): readonly { readonly values: readonly string[]; readonly passed: boolean }[] {
  process.stderr.write(`${file} ...\n`)
  const output = join(folder, 'report.json')
  spawnSync(
    'npx',
    ['vitest', 'run', '--project', 'interop', file, '--reporter=dot', '--reporter=json', `--outputFile.json=${output}`],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, MATRIX: 'all' } },
  )
  const report = JSON.parse(readFileSync(output, 'utf8')) as Report
  return report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .map(({ title, status }) => ({ values: title.split(', '), passed: status === 'passed' }))
    .filter(({ values }) => values.length === factors)
}

/** A table of how many combinations passed, by two of the factors. */
function table(cases: ReturnType<typeof run>, row: number, column: number, head: string): readonly string[] {
  const valuesOf = (index: number): readonly string[] => [...new Set(cases.map(({ values }) => values[index] ?? ''))]
  const [rows, columns] = [valuesOf(row), valuesOf(column)]
  const cell = (r: string, c: string): string => {
    const those = cases.filter(({ values }) => values[row] === r && values[column] === c)
    const passed = those.filter(one => one.passed).length
    return those.length === 0 ? '' : passed === those.length ? String(passed) : `**${passed} of ${those.length}**`
  }
  const named = (text: string): string => (text === '' ? 'default' : text)
  return markdownTable([[head, ...columns.map(named)], ...rows.map(r => [named(r), ...columns.map(c => cell(r, c))])])
}

const client = run('test/interop/gridftp/client-matrix.test.ts', 5)
const globus = run('test/interop/gridftp/globus-url-copy.test.ts', 5)
rmSync(folder, { recursive: true })
const all = [...client, ...globus]
const failed = all.filter(({ passed }) => !passed)

writeFileSync(
  join(root, 'docs/gridftp-matrix.md'),
  `# GridFTP: what was tried with what

Made by \`npm run matrix\`, which runs every combination against the programs of the Grid Community Toolkit 6.2; do not edit
it by hand. Each number is how many combinations passed, byte by byte; bold where some did not. ${all.length - failed.length} of ${all.length} passed.

## Our client

With globus-gridftp-server (TLS 1.2 and 1.3) and our own server. Streams: S is stream mode, E extended mode with so many
connections. Data channel authentication N, A, S and protection C, S, P in every combination that there is; listings,
checksums and directories have no mode of their own. Resumed puts to our server are those that it must refuse: it goes on with
what an upload of the same person has left, and never in a file that is there.

${table(client, 0, 4, 'operation').join('\n')}

${table(client, 1, 2, 'mode, by DCAU').join('\n')}

${table(client, 1, 3, 'mode, by PROT').join('\n')}

## globus-url-copy with our server

Trees are copied with \`-r -cd\`; third party copies go between our server and globus-gridftp-server.

${table(globus, 0, 1, 'operation, by streams').join('\n')}

${table(globus, 0, 2, 'operation, by protection').join('\n')}

${table(globus, 0, 3, 'operation, by order').join('\n')}

${table(globus, 2, 4, 'protection, by TLS').join('\n')}

Tried besides, one by one: \`-list\`, \`-off -len\`, \`-verify-checksum\` with every algorithm, \`-sync\` at levels 0 to 3, \`-rst\`,
\`-tcp-bs\`, \`-bs\`, \`-vb\`, \`-ss -ds\`, \`-no-g2\`, \`-c\`, and \`ftp://\` for everybody. Not offered by the server: striping over
several hosts (SPAS and SPOR answer with one stripe), other credentials for data (DCSC), UDT.
`,
)
process.stderr.write(`${all.length - failed.length} passed, ${failed.length} failed: docs/gridftp-matrix.md\n`)
process.exitCode = failed.length === 0 ? 0 : 1
