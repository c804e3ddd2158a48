import { wallClock } from '../../../core/clock.ts'
import { GridwrapError } from '../../../core/errors.ts'
import { describeIdentity } from '../../../core/identity.ts'
import { newId } from '../../../core/ids.ts'
import { clark, sameName } from '../../../core/qname.ts'
import { hostedNames } from '../../../hosting/hosted-contract.ts'
import type { Hosting } from '../../../hosting/hosting.ts'
import type { HostedService } from '../../../hosting/register-service.ts'
import type { Handles } from '../../../ogsi/handle.ts'
import type { TerminationTime } from '../../../ogsi/termination-time.ts'
import type { HostedStore } from '../../../store/hosted-store.ts'
import { decodeElement } from '../../../wsdl/decoder.ts'
import { ogsiOperations } from '../../../wsdl/names.ts'
import type { XmlElement } from '../../../xml/tree.ts'
import type { Call, HostedTarget, Operation } from '../../call.ts'
import { within } from '../../lifetime.ts'
import { type AskedWindow, terminationTime, windowOf } from '../../termination-time.ts'

export interface CreateObjectParts {
  readonly hosting: Hosting
  readonly objects: HostedStore
  readonly handles: Handles
  readonly keepSeconds: number
  readonly keepSecondsAtMost: number
}

type Given = Readonly<Record<string, unknown>>

/** Of one person, of whatever class. */
const mostObjects = 1000

/** create: an object of its own for the caller. Answers its handle, which is its address. */
export const createObject = (service: HostedService, parts: CreateObjectParts): Operation<HostedTarget, Given> => ({
  name: hostedNames(service.name).create,
  action: 'service.submit',
  handle: async call => {
    const { id } = await create(service, call, call.parameters, undefined, parts)
    return { handle: parts.handles.hosted(service.name, id) }
  },
})

interface CreateRequest {
  readonly terminationTime?: AskedWindow
  readonly creationParameters?: { readonly any?: readonly XmlElement[] }
}

/** createService (OGSI 1.0 section 12.2.1); its creation parameters are the element of create's request. */
export const createObjectByOgsi = (
  service: HostedService,
  parts: CreateObjectParts,
): Operation<HostedTarget, CreateRequest> => ({
  name: ogsiOperations.createService,
  action: 'service.submit',
  handle: async call => {
    const given = readParameters(service, call.parameters.creationParameters?.any?.[0])
    const { id, window } = await create(service, call, given, windowOf(call.parameters.terminationTime), parts)
    return {
      locator: {
        handle: [parts.handles.hosted(service.name, id)],
        interface: [hostedNames(service.name).portType],
      },
      currentTerminationTime: terminationTime(window),
    }
  },
})

async function create(
  service: HostedService,
  { owner, identity }: Call,
  given: Given,
  asked: TerminationTime | undefined,
  { hosting, objects, handles, keepSeconds, keepSecondsAtMost }: CreateObjectParts,
): Promise<{ readonly id: string; readonly window: TerminationTime }> {
  // Before anything is begun; what counts is what counts when it is kept.
  if ((await objects.countOf(owner)) >= mostObjects) throw tooMany()
  const now = wallClock()
  const wanted = asked ?? { after: now, before: now + keepSeconds * 1000 }
  const window = within(wanted, now + keepSecondsAtMost * 1000)
  const id = newId()
  const of = { service, id, handle: handles.hosted(service.name, id), owner: owner.replace(/^gsi:/, '') }
  await hosting.objects.create(of, given, async properties => {
    const { done } = await objects.write('createHosted', {
      ...{ id, owner, now, service: service.name, properties, by: describeIdentity(identity), most: mostObjects },
      ...{ terminateAfter: window.after, terminateBefore: window.before },
    })
    if (!done) throw tooMany()
  })
  return { id, window }
}

const tooMany = (): GridwrapError =>
  new GridwrapError('busy', `You have ${mostObjects} objects here, which is the most that one may have.`, {
    hint: 'Destroy some, or let them end.',
    detail: { retryAfterSeconds: 60 },
  })

function readParameters(service: HostedService, given: XmlElement | undefined): Given {
  const expected = hostedNames(service.name).create
  if (given !== undefined && !sameName(given, expected))
    throw new GridwrapError(
      'extensibility-not-supported',
      `The creation parameters ${clark(given)} are not known here.`,
      {
        hint: `Send ${clark(expected)}, as in a call of create.`,
      },
    )
  const nothing = {
    ...expected,
    attributes: [],
    children: [],
    prefixes: new Map<string, string>(),
    streamed: undefined,
  }
  const { value, problems } = decodeElement<Given>(service.contract, given ?? nothing)
  const [problem] = problems
  if (problem === undefined) return value
  throw new GridwrapError('extensibility-type', `${expected.local}: ${problem.input}: ${problem.rule}.`)
}
