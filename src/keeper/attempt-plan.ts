import { join } from 'node:path'
import type { AttemptSpec, Sandbox } from '../adapters/adapter.ts'
import { ownReads } from '../adapters/executable/sandbox.ts'
import type { Application, Limits, Values } from '../application/model.ts'
import { planRun, type RunPlan } from '../application/run-plan.ts'
import { withSetup } from '../application/setup-words.ts'
import { programProxy } from '../delegation/derive-proxy.ts'
import { libraryWords, withHolder } from '../holder/holder-words.ts'

/** Where one attempt happens. All absolute. */
export interface AttemptPlaces {
  readonly work: string
  readonly control: string
  /** The folder with the files that ship with the description. */
  readonly bundle: string
}

/** What the site adds to every program's environment, and the most that it grants. */
export interface SiteTerms {
  readonly environment: Readonly<Record<string, string>>
  readonly limits: Limits
  /** What starts parallel programs here: words, of which `{cores}` is the number of processes. */
  readonly mpi: readonly string[]
  readonly sandbox: SandboxTerms
}

/** Of all sandboxes of a site. */
export interface SandboxTerms {
  /** Every program runs in one, also those whose descriptions do not ask for it. */
  readonly always: boolean
  /** Absolute; see Sandbox. */
  readonly reads: readonly string[]
  readonly hides: readonly string[]
}

export interface AttemptPlan {
  readonly run: RunPlan
  readonly spec: AttemptSpec
}

/** Pure: from a description and checked values to what will be executed. `state`: what it goes on from, if it does. */
export function planAttempt(
  attempt: string,
  application: Application,
  values: Values,
  places: AttemptPlaces,
  site: SiteTerms,
  state?: string,
): AttemptPlan {
  const run = planRun(application, values, state)
  const limits = tighter(application.limits, site.limits)
  const parallel = application.mpi ? site.mpi.map(word => word.replaceAll('{cores}', String(limits.cores ?? 1))) : []
  const environment = {
    ...site.environment,
    ...run.environment,
    HOME: places.work,
    TMPDIR: places.work,
    PWD: places.work,
    GRIDWRAP_ATTEMPT: attempt,
    ...(application.credential === 'none' ? {} : { X509_USER_PROXY: join(places.control, programProxy) }),
  }
  return {
    run,
    spec: {
      attempt,
      argv: wordsOf(application, [...parallel, ...run.argv], state !== undefined),
      environment,
      workDirectory: places.work,
      controlDirectory: places.control,
      stdin:
        run.stdin !== undefined
          ? join(places.control, 'stdin')
          : run.stdinFile === undefined
            ? undefined
            : join(places.work, run.stdinFile),
      limits,
      ...(application.sandbox || site.sandbox.always ? { sandbox: sandboxOf(application, site.sandbox) } : {}),
    },
  }
}

/** What is executed: the program, or what holds an interpreter or a library for their callers. */
function wordsOf(
  { setup, session, library }: Application,
  argv: readonly string[],
  restored: boolean,
): readonly string[] {
  if (library !== undefined) return withSetup(setup, libraryWords(library))
  const words = withSetup(setup, argv)
  return session === undefined ? words : withHolder(session, words, restored)
}

function sandboxOf(application: Application, { reads, hides }: SandboxTerms): Sandbox {
  const held = application.session !== undefined || application.library !== undefined
  return {
    network: application.network,
    // A holder is a program of this package.
    reads: held ? [...reads, ...ownReads] : reads,
    hides,
    readsControl: application.credential !== 'none',
  }
}

export const noLimits: Limits = {
  time: undefined,
  memory: undefined,
  disk: undefined,
  output: undefined,
  processes: undefined,
  cores: undefined,
}

/** Where nothing is configured. */
export const plainSite: Omit<SiteTerms, 'environment'> = {
  limits: noLimits,
  mpi: ['mpirun', '-n', '{cores}'],
  sandbox: { always: false, reads: [], hides: [] },
}

/** The files that a run brings along: what a pattern matches of them is no output. */
export const namesOfPlan = (run: RunPlan): ReadonlySet<string> =>
  new Set([...run.copiedFiles, ...run.writtenFiles.map(file => file.name), ...run.inputFiles.map(file => file.name)])

/** The smaller of two limits, field by field; an absent one does not bind. */
export function tighter(a: Limits, b: Limits): Limits {
  const least = (x: number | undefined, y: number | undefined): number | undefined =>
    x === undefined ? y : y === undefined ? x : Math.min(x, y)
  return {
    time: least(a.time, b.time),
    memory: least(a.memory, b.memory),
    disk: least(a.disk, b.disk),
    output: least(a.output, b.output),
    processes: least(a.processes, b.processes),
    cores: least(a.cores, b.cores),
  }
}
