import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { AttemptSpec, Exit, RunAdapter } from '../adapters/adapter.ts'
import { createExecutableAdapter } from '../adapters/executable/executable-adapter.ts'
import type { Values } from '../application/model.ts'
import type { Verdict } from '../application/verdict.ts'
import { siteEnvironment } from '../container/program-environment.ts'
import { newId } from '../core/ids.ts'
import type { ResourceUse } from '../core/resource-use.ts'
import { programProxy, writeProgramProxy } from '../delegation/derive-proxy.ts'
import type { DescriptionFolder } from '../factory/register-application.ts'
import { findCredential } from '../gsi/find-credential.ts'
import { type AttemptPlaces, type AttemptPlan, namesOfPlan, plainSite, planAttempt } from '../keeper/attempt-plan.ts'
import { type Collected, collectOutputs } from '../keeper/collect-outputs.ts'
import { LiveAttempt } from '../keeper/live-attempt.ts'
import { prepareWork } from '../keeper/prepare-work.ts'
import { ProgramWatch, type Seen } from '../keeper/program-watch.ts'
import { findRestart, type Restart } from '../keeper/restart.ts'
import { interruptOnceSaved } from './interrupt-once-saved.ts'

export interface LocalOutcome {
  readonly collected: Collected
  readonly verdict: Verdict
  readonly exit: Exit
  readonly seen: Seen
  readonly spec: AttemptSpec
  readonly places: AttemptPlaces
  /** Which attempt it was: the second, when the first was interrupted. */
  readonly attempt: number
  readonly use: ResourceUse | undefined
}

interface LocalTerms {
  readonly onProgress: (seen: Seen) => void
  readonly stop: AbortSignal
  /** The program is killed once it has saved a state, and goes on from there; what is judged is the run that goes on. */
  readonly interrupt?: boolean
}

/**
 * Runs a described program here and now: the same plan, launcher, watching and judging as in a container, without one.
 * What it made stays in a new folder below the system's temporary one.
 */
export async function attemptHere(
  folder: DescriptionFolder,
  values: Values,
  { onProgress, stop, interrupt = false }: LocalTerms,
): Promise<LocalOutcome> {
  const { application } = folder
  const home = await mkdtemp(join(tmpdir(), `gridwrap-${application.name}-`))
  try {
    return await attemptsIn(home, folder, values, { onProgress, stop, interrupt })
  } catch (error) {
    await rm(home, { recursive: true, force: true })
    throw error
  }
}

async function attemptsIn(
  home: string,
  folder: DescriptionFolder,
  values: Values,
  { onProgress, stop, interrupt }: Required<LocalTerms>,
): Promise<LocalOutcome> {
  const { application } = folder
  const work = join(home, 'work')
  await mkdir(work)
  const id = `local-${newId()}`
  const unpacked = join(home, 'restored')
  for (let number = 1; ; number++) {
    const restart = await findRestart(application, values, { work, unpacked, ranBefore: number > 1 })
    const attempt = { id, number, work, control: join(home, number === 1 ? 'control' : `control-${number}`), restart }
    const interrupted = interrupt && number === 1
    const outcome = await attemptOnce(folder, values, attempt, { onProgress, stop, interrupt: interrupted })
    if (!interrupted || outcome.verdict.outcome === 'done' || stop.aborted) return outcome
  }
}

interface LocalAttempt {
  readonly id: string
  readonly number: number
  readonly work: string
  readonly control: string
  readonly restart: Restart | undefined
}

async function attemptOnce(
  { application, directory }: DescriptionFolder,
  values: Values,
  { id, number, work, control, restart }: LocalAttempt,
  { onProgress, stop, interrupt }: Required<LocalTerms>,
): Promise<LocalOutcome> {
  const places = { work, control, bundle: directory }
  const site = { ...plainSite, environment: siteEnvironment({}) }
  const plan = planAttempt(`${id}.${number}`, application, values, places, site, restart?.state)
  await prepareWork(application, plan, places, restart)
  const { credential } = application
  if (credential !== 'none') await writeProgramProxy(findCredential(), credential, places.control)
  const adapter = createExecutableAdapter()
  await adapter.submit(plan.spec)
  const watch = new ProgramWatch(application, places, values)
  const over = new AbortController()
  const interruption = interrupt
    ? interruptOnceSaved(application, plan.spec, adapter, over.signal)
    : Promise.resolve(false)
  const { exit, doom, use } = await toTheEnd(plan, watch, adapter, onProgress, stop)
  over.abort()
  await interruption
  await rm(join(places.control, programProxy), { force: true })
  const seen = await watch.finish()
  const collected = await collectOutputs(application, places, namesOfPlan(plan.run), exit, seen)
  return {
    collected,
    verdict: verdictOf(collected.verdict, exit, doom, stop.aborted),
    exit,
    seen,
    spec: plan.spec,
    places,
    attempt: number,
    use,
  }
}

async function toTheEnd(
  plan: AttemptPlan,
  watch: ProgramWatch,
  adapter: RunAdapter,
  onProgress: (seen: Seen) => void,
  stop: AbortSignal,
): Promise<{ readonly exit: Exit; readonly doom: string | undefined; readonly use: ResourceUse | undefined }> {
  let doom: string | undefined
  const observer = {
    active: async () => undefined,
    suspension: async () => undefined,
    progress: async (seen: Seen) => onProgress(seen),
    used: async () => undefined,
    doomed: async (reason: string) => {
      doom = reason
    },
  }
  const live = new LiveAttempt(plan.spec, watch, adapter, observer, {
    graceMs: 5000,
    suspended: false,
    log: pino({ enabled: false }),
  })
  const cancel = (): void => void live.cancel()
  stop.addEventListener('abort', cancel, { once: true })
  const end = await live.ended
  stop.removeEventListener('abort', cancel)
  await adapter.sweep(plan.spec)
  return { exit: end.state === 'ended' ? end.exit : { notStarted: end.reason }, doom, use: end.use }
}

function verdictOf(verdict: Verdict, exit: Exit, doom: string | undefined, stopped: boolean): Verdict {
  if (stopped) return { outcome: 'failed', reason: 'It was stopped from the keyboard.', cause: 'input' }
  if (doom !== undefined) return { outcome: 'failed', reason: doom, cause: 'program' }
  return exit.notStarted === undefined ? verdict : { outcome: 'failed', reason: exit.notStarted, cause: 'site' }
}
