import { applicationOperations } from '../src/wsdl/names.ts'
import { type LoadResult, medianOf } from './load-job.ts'
import { inALine, shares } from './profile.ts'
import { soapRequest } from './requests.ts'
import type { Row } from './row.ts'
import type { Stand } from './stand.ts'

/** Row 4: run of /bin/true, from the call to its results, beside less and less of what happens for it. */
export async function runRows(stand: Stand): Promise<readonly Row[]> {
  const { contract } = await stand.site.service('nothing', stand.connection)
  const request = soapRequest('/services/nothing', contract, applicationOperations('nothing').run, {})
  const container = (count: number, inFlight: number): Promise<LoadResult> =>
    stand.container({ request, status: 200, credential: stand.site.alice.proxy, fresh: false, inFlight, count }, [
      stand.frontEnd,
      stand.keeper,
    ])
  const row = (name: string, inFlight: number, runs: number): Row => ({
    name,
    count: runs,
    gridwrap: { name: 'gridwrap', measure: count => container(count, inFlight) },
    beside: (['wrapper', 'spawn'] as const).map(how => ({
      name: how === 'wrapper' ? 'the same wrapper, no store' : 'plain spawn',
      measure: count => stand.runner.run({ how, count, inFlight, folder: stand.runs }),
    })),
    where: async figures => {
      const keeper = shares(await stand.profile('keeper', () => container(runs, inFlight)), 'charged')
      return split(figures, inALine(keeper, 3))
    },
  })
  return [row('run of /bin/true, 8 in flight', 8, 48), row('run of /bin/true, alone', 1, 12)]
}

/** Whose processor time a run takes; what is left of its time is waiting: for the disk, and between processes. */
function split(figures: readonly LoadResult[], insideKeeper: string): string {
  const aRun = (pick: (processor: LoadResult['processor']) => number | undefined): string =>
    medianOf(figures.map(({ processor, count }) => (pick(processor) ?? 0) / count)).toFixed(1)
  const frontEnd = aRun(([front]) => front?.own)
  const keeper = aRun(([, second]) => second?.own)
  const programs = aRun(([, second]) => second?.reaped)
  return `processor a run: front end ${frontEnd} ms, keeper ${keeper} ms (${insideKeeper}), wrapper and program ${programs} ms; the rest waits`
}
