import { GridwrapError } from '../../../core/errors.ts'
import type { InstanceState } from '../../../store/rows.ts'
import { applicationOperations } from '../../../wsdl/names.ts'
import type { Operation, ServiceTarget } from '../../call.ts'
import type { InstanceReader } from '../../instance-reader.ts'

interface ListRequest {
  readonly state?: readonly InstanceState[]
  readonly label?: string
  readonly since?: Date
  readonly cursor?: string
}

/** listInstances: the caller's own and shared instances of this service, newest first, a page at a time. */
export const listInstances = (application: string, reader: InstanceReader): Operation<ServiceTarget, ListRequest> => ({
  name: applicationOperations(application).listInstances,
  action: 'service.list',
  handle: async ({ viewer, parameters, target }) => {
    const { state = [], label, since, cursor } = parameters
    const page = await reader.list({
      viewer,
      application: target.service.name,
      states: state,
      label,
      since: since?.getTime(),
      cursor: cursor === undefined ? undefined : readCursor(cursor),
    })
    return {
      list: {
        ...(page.jobs.length > 0 ? { job: page.jobs } : {}),
        ...(page.next === undefined ? {} : { next: page.next }),
      },
    }
  },
})

function readCursor(text: string): { created: number; id: string } {
  const match = /^(\d{1,15})-([a-z2-7]{26})$/.exec(text)
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new GridwrapError(
      'invalid-message',
      `cursor = ${JSON.stringify(text.slice(0, 80))} is not one that this container gave.`,
      {
        hint: 'Pass the `next` of the page before as it is, or none for the first page.',
      },
    )
  }
  return { created: Number(match[1]), id: match[2] }
}
