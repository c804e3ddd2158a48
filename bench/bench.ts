import { writeFile } from 'node:fs/promises'
import { availableParallelism, loadavg } from 'node:os'
import { memoryRows } from './memory.ts'
import { shares } from './profile.ts'
import { requestRows } from './request-rows.ts'
import { compare } from './row.ts'
import { runRows } from './run-rows.ts'
import { Stand } from './stand.ts'
import { comparisonTable, growthTable, sharesTable } from './table.ts'

// Measures gridwrap beside the least that could do the same (bench/README.md). Nothing fails on a figure.

const rounds = Math.max(3, Number(process.env['BENCH_ROUNDS'] ?? 3))
const profileFile = process.env['BENCH_PROFILE']
const say = (text: string): void => void process.stderr.write(`${text}\n`)
const load = (): string => loadavg()[0]?.toFixed(1) ?? '?'

const begun = performance.now()
const loadBefore = load()
say('Starting a container, a bare server and their clients ...')
await using stand = await Stand.open()
// The container is in a session of its own, where Ctrl-C does not reach it.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stand[Symbol.asyncDispose]().finally(() => process.exit(1)))
const requests = await requestRows(stand)
const rows = [...requests, ...(await runRows(stand))]
const comparisons = await compare(rows, rounds, say)
say('Profile ...')
const [status] = requests
const profile = await stand.profile('front-end', async () => status?.gridwrap.measure(2 * status.count))
if (profileFile !== undefined) await writeFile(profileFile, JSON.stringify(profile))
say('Memory ...')
const growths = await memoryRows(stand, rounds)
const seconds = Math.round((performance.now() - begun) / 1000)

process.stdout.write(`${availableParallelism()} cores, all processes on them; Node ${process.version}; medians of ${rounds} rounds; ${seconds} s;
load average before the run ${loadBefore}, after it ${load()}.

${comparisonTable(comparisons)}

${growthTable(growths)}

The front end under ${status?.name ?? ''}:

${sharesTable(shares(profile, 'charged'), shares(profile, 'self'), 10)}
`)
