import { GridwrapError } from '../core/errors.ts'
import { formatSize } from '../core/quantities.ts'
import type { OverQuota } from '../store/writes/quota.ts'

/** The fault for a request that one owner's share of this container does not allow, with the way out. */
export const overQuota = ({ limit, allowed }: OverQuota): GridwrapError =>
  new GridwrapError('busy', messageOf(limit, allowed), {
    hint:
      limit === 'waiting'
        ? 'Try again when some of your jobs have started.'
        : 'Destroy instances that you no longer need.',
    detail: { retryAfterSeconds: 60 },
  })

const messageOf = (limit: OverQuota['limit'], allowed: number): string =>
  limit === 'waiting'
    ? `You have ${allowed} jobs waiting already, as many as this container lets one owner queue.`
    : limit === 'instances'
      ? `You keep ${allowed} instances already, as many as this container lets one owner keep.`
      : `Your instances hold ${formatSize(allowed)} already, as much as this container stores for one owner.`
