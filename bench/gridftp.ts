import { availableParallelism, loadavg } from 'node:os'
import { isFull, smallFile, wantedAmount } from './gridftp/amount.ts'
import { compare } from './gridftp/compare.ts'
import { gridFtpTable } from './gridftp/comparison-table.ts'
import { rowsOf } from './gridftp/rows.ts'
import { GridFtpStand } from './gridftp/stand.ts'

// Measures our GridFTP client and server beside those of Globus (bench/README.md). Nothing fails on a figure.

const rounds = Math.max(3, Number(process.env['BENCH_ROUNDS'] ?? 3))
const amount = wantedAmount()
const say = (text: string): void => void process.stderr.write(`${text}\n`)
const load = (): string => loadavg()[0]?.toFixed(1) ?? '?'

const begun = performance.now()
const loadBefore = load()
say('Starting both servers ...')
const opening = GridFtpStand.open(amount)
// Everything that was started is in a session of its own, where Ctrl-C does not reach it.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void opening.then(open => open[Symbol.asyncDispose]()).finally(() => process.exit(1)))
await using stand = await opening
say('Writing the files ...')
await stand.fill()
const comparisons = await compare(rowsOf(stand, amount), rounds, say)
const seconds = Math.round((performance.now() - begun) / 1000)

process.stdout.write(`${availableParallelism()} cores, all processes on them; Node ${process.version}; medians of ${rounds} rounds; ${seconds} s;
load average before the run ${loadBefore}, after it ${load()}.
One file of ${Math.round(amount.bytes / 1024 ** 2)} MiB; ${amount.files} files of ${smallFile / 1024} KiB${isFull(amount) ? '' : ' (REDUCED: the full size is 1024 MiB and 10000 files)'}.

${gridFtpTable(comparisons)}
`)
