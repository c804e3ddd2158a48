import type { AttemptSpec, RunAdapter } from '../adapters/adapter.ts'
import type { Application } from '../application/model.ts'
import { delay } from '../core/deadline.ts'
import { openForChange } from '../files/confined.ts'
import { findState, sameState } from '../files/saved-state.ts'

const lookMs = 50

/** Kills a program as soon as it has saved a state, which it is asked for where its description says so. True when it did. */
export async function interruptOnceSaved(
  { checkpoint }: Application,
  spec: AttemptSpec,
  adapter: RunAdapter,
  over: AbortSignal,
): Promise<boolean> {
  if (checkpoint === undefined) return false
  const { how, state, stops } = checkpoint
  try {
    // Whoever is asked before it has begun does not know yet what is asked.
    if (how.by !== 'itself') await delay(20 * lookMs, over)
    if (how.by === 'signal') await adapter.signal?.(spec, how.signal)
    if (how.by === 'file') {
      await using _ = await openForChange(spec.workDirectory, how.name, { create: true })
    }
    // It ends by itself, once all is saved: what of it lies there sooner is half of it.
    if (stops && how.by !== 'itself') return true
    for (let last = await findState(spec.workDirectory, state); ; ) {
      await delay(lookMs, over)
      const now = await findState(spec.workDirectory, state)
      if (now !== undefined && sameState(last, now)) break
      last = now
    }
    await adapter.cancel(spec, 'force')
    return true
  } catch (error) {
    if (over.aborted) return false
    throw error
  }
}
