import { GridwrapError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { CredentialKeep } from '../delegation/credential-keep.ts'
import { notificationRenderer } from '../dispatcher/notification/render-notification.ts'
import type { CourierRequest } from '../events/courier-request.ts'
import { Notifier, type Render } from '../events/notifier.ts'
import type { AgentProcess } from '../keeper/agent-process.ts'
import type { Store } from '../store/store.ts'
import { OGSI } from '../wsdl/names.ts'
import { defaultSoapAction } from '../wsdl/port-type-reader.ts'
import type { Configuration } from './configuration.ts'
import type { HostCredential } from './host-credential.ts'
import { openGrid } from './open-grid.ts'

export type CourierAgent = AgentProcess<CourierRequest, null>

/** Of those at once, how many may go to one address, or be one owner's: a sink that hangs keeps no others waiting. */
const shareOfOne = 4
const graceMs = 5000

/** What tells sinks of changes: rendered here, as their subscribers may see it, and brought by the courier. */
export function openNotifier(
  configuration: Configuration,
  store: Store,
  credentials: CredentialKeep,
  host: HostCredential,
  courier: CourierAgent,
  log: Log,
): Notifier {
  let opened: Promise<Render> | undefined
  // With the first message, not before: who launches programs does not wait for the modules of a site.
  const renderer = (): Promise<Render> => {
    opened ??= openGrid(
      configuration,
      store,
      credentials,
      () => host.identity,
      () => undefined,
      log,
    ).then(grid => notificationRenderer({ ...grid, ...grid.serviceData }))
    opened.catch(() => {
      opened = undefined
    })
    return opened
  }
  const { 'at-once': atOnce, timeout } = configuration.notification
  const action = defaultSoapAction(OGSI, 'deliverNotification')
  return new Notifier(
    store.subscriptions,
    store.events,
    async (task, events) => (await renderer())(task, events),
    async ({ url }, message, signal) => {
      const credential = host.current.toPem()
      const timeoutMs = timeout * 1000
      // The courier has its own time; should it not keep it, the turn is free all the same.
      const late = AbortSignal.timeout(timeoutMs + graceMs)
      const request = { url, message, action, credential, timeoutMs }
      await courier.ask(request, AbortSignal.any([signal, late])).catch((error: unknown) => {
        throw late.aborted ? new GridwrapError('busy', 'The sink could not be reached.') : error
      })
    },
    { atOnce, atOnceOfOne: Math.max(1, Math.floor(atOnce / shareOfOne)) },
    log,
  )
}
