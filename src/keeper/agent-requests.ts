import { setTimeout as pause } from 'node:timers/promises'
import { GridwrapError } from '../core/errors.ts'
import type { AgentAnswer, StopRequest } from './agent-process.ts'

export interface AgentWork<Request, Result, Progress> {
  /** Does what was asked; `tell` says how far it is. Rejects with the signal's reason when it is not wanted any more. */
  readonly perform: (request: Request, signal: AbortSignal, tell: (progress: Progress) => void) => Promise<Result>
  /** What the keeper is told of an error. */
  readonly told: (error: unknown, request: Request) => GridwrapError
  /** How long what is stopped may take to note what it has, when the keeper is gone. Default 0. */
  readonly graceMs?: number
}

/**
 * The other end of {@link AgentProcess}: answers what the keeper asks, many things at once, and resolves when the keeper is
 * gone. The signals of a terminal are for the keeper.
 */
export async function answerRequests<Request extends object, Result, Progress = never>({
  perform,
  told,
  graceMs = 0,
}: AgentWork<Request, Result, Progress>): Promise<void> {
  const running = new Map<number, AbortController>()
  const stop = (id: number): void => running.get(id)?.abort(new GridwrapError('busy', 'It was stopped.'))
  const answer = (message: AgentAnswer<Result, Progress>): void => {
    if (process.connected) process.send?.(message)
  }
  const begin = async (request: Request & { readonly id: number }): Promise<void> => {
    const { id } = request
    const controller = new AbortController()
    running.set(id, controller)
    try {
      const result = await perform(request, controller.signal, progress => answer({ id, kind: 'progress', progress }))
      answer({ id, kind: 'done', result })
    } catch (error) {
      const { code, message } = told(error, request)
      answer({ id, kind: 'failed', code, message })
    } finally {
      running.delete(id)
    }
  }
  const gone = Promise.withResolvers<void>()
  process.once('disconnect', () => gone.resolve())
  process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined)
  process.on('message', (request: (Request & { readonly id: number }) | StopRequest) => {
    if (isStop(request)) stop(request.id)
    else void begin(request)
  })
  await gone.promise
  for (const id of running.keys()) stop(id)
  if (graceMs > 0) await pause(graceMs)
}

const isStop = (request: object): request is StopRequest => 'verb' in request && request.verb === 'stop'
