import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { AttemptSpec, Exit } from '../adapters/adapter.ts'
import { createExecutableAdapter } from '../adapters/executable/executable-adapter.ts'
import type { Values } from '../application/model.ts'
import type { Verdict } from '../application/verdict.ts'
import { siteEnvironment } from '../container/program-environment.ts'
import { newId } from '../core/ids.ts'
import { programProxy, writeProgramProxy } from '../delegation/derive-proxy.ts'
import type { DescriptionFolder } from '../factory/register-application.ts'
import { findCredential } from '../gsi/find-credential.ts'
import { type AttemptPlaces, namesOfPlan, noLimits, planAttempt } from '../keeper/attempt-plan.ts'
import { type Collected, collectOutputs } from '../keeper/collect-outputs.ts'
import { LiveAttempt } from '../keeper/live-attempt.ts'
import { prepareWork } from '../keeper/prepare-work.ts'
import { ProgramWatch, type Seen } from '../keeper/program-watch.ts'

export interface LocalOutcome {
  readonly collected: Collected
  readonly verdict: Verdict
  readonly exit: Exit
  readonly seen: Seen
  readonly spec: AttemptSpec
  readonly places: AttemptPlaces
}

/**
 * Runs a described program here and now: the same plan, launcher, watching and judging as in a container, without one.
 * What it made stays in a new folder below the system's temporary one.
 */
export async function attemptHere(
  { application, directory }: DescriptionFolder,
  values: Values,
  onProgress: (seen: Seen) => void,
  stop: AbortSignal,
): Promise<LocalOutcome> {
  const home = await mkdtemp(join(tmpdir(), `gridwrap-${application.name}-`))
  const places = { work: join(home, 'work'), control: join(home, 'control'), bundle: directory }
  await mkdir(places.work)
  const plan = planAttempt(`local-${newId()}.1`, application, values, places, {
    environment: siteEnvironment({}),
    limits: noLimits,
  })
  await prepareWork(plan, places)
  const { credential } = application
  if (credential !== 'none') await writeProgramProxy(findCredential(), credential, places.control)
  const adapter = createExecutableAdapter()
  await adapter.submit(plan.spec)
  let doom: string | undefined
  const observer = {
    active: async () => undefined,
    suspension: async () => undefined,
    progress: async (seen: Seen) => onProgress(seen),
    doomed: async (reason: string) => {
      doom = reason
    },
  }
  const live = new LiveAttempt(plan.spec, new ProgramWatch(application, places, values), adapter, observer, {
    graceMs: 5000,
    suspended: false,
    log: pino({ enabled: false }),
  })
  const cancel = (): void => void live.cancel()
  stop.addEventListener('abort', cancel, { once: true })
  const end = await live.ended
  stop.removeEventListener('abort', cancel)
  await adapter.sweep(plan.spec)
  await rm(join(places.control, programProxy), { force: true })
  const exit: Exit = end.state === 'ended' ? end.exit : { notStarted: end.reason }
  const seen = await live.watch.finish()
  const collected = await collectOutputs(application, places, namesOfPlan(plan.run), exit, seen)
  return {
    collected,
    verdict: verdictOf(collected.verdict, exit, doom, stop.aborted),
    exit,
    seen,
    spec: plan.spec,
    places,
  }
}

function verdictOf(verdict: Verdict, exit: Exit, doom: string | undefined, stopped: boolean): Verdict {
  if (stopped) return { outcome: 'failed', reason: 'It was stopped from the keyboard.', cause: 'input' }
  if (doom !== undefined) return { outcome: 'failed', reason: doom, cause: 'program' }
  return exit.notStarted === undefined ? verdict : { outcome: 'failed', reason: exit.notStarted, cause: 'site' }
}
