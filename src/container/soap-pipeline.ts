import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { type GridwrapError, toFault } from '../core/errors.ts'
import { describeIdentity, ownerKey } from '../core/identity.ts'
import type { Log } from '../core/log.ts'
import type { Target } from '../dispatcher/call.ts'
import type { OperationTable } from '../dispatcher/operation-table.ts'
import { writeEnvelope } from '../soap/envelope-writer.ts'
import { faultStatus, writeFault } from '../soap/fault-writer.ts'
import { type SoapVersion, soapContentType } from '../soap/namespaces.ts'
import type { Sha1 } from '../soap/security/algorithms.ts'
import { addressingActions } from '../soap/soap-action.ts'
import { encodeFaultDetail } from '../wsdl/fault-detail.ts'
import { DELEGATION, OGSI, responseOf } from '../wsdl/names.ts'
import { encodeElement } from '../wsdl/serializer.ts'
import type { ConnectionPeers } from './connection-peer.ts'
import { contractOf } from './contract-of.ts'
import { IncomingFiles } from './incoming-files.ts'
import { admit, askedBy } from './stages/admit.ts'
import { authenticate } from './stages/authenticate.ts'
import { decode } from './stages/decode.ts'
import { type PermitParts, permit } from './stages/permit.ts'
import { receive } from './stages/receive.ts'
import { route } from './stages/route.ts'
import { type SignatureTerms, verifySignature } from './stages/verify-signature.ts'
import type { TargetFinder } from './target-finder.ts'

/** An answer to be sent. `close`: the body was not read to its end, so that the connection cannot be used again. */
export interface SoapAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly close: boolean
}

export interface PipelineParts extends PermitParts {
  readonly peers: ConnectionPeers
  readonly signatures: SignatureTerms & { readonly sha1: Sha1 }
  readonly targets: TargetFinder
  readonly table: OperationTable
  readonly incoming: string
  readonly originator: string
}

/** A SOAP request from its first byte to its answer. The stages are those of docs/request.md, in that order. */
export class SoapPipeline {
  readonly #parts: PipelineParts

  constructor(parts: PipelineParts) {
    this.#parts = parts
  }

  async answer(
    request: IncomingMessage,
    socket: TLSSocket,
    path: readonly string[],
    signal: AbortSignal,
    /** Called before the body is read. */
    invite: () => void,
  ): Promise<SoapAnswer> {
    const { peers, signatures, targets, table, incoming, log } = this.#parts
    const begun = performance.now()
    let version: SoapVersion = /^application\/soap\+xml/i.test(request.headers['content-type'] ?? '') ? '1.2' : '1.1'
    let received = false
    let speaks: 'ogsi' | 'delegation' | undefined
    let originator = this.#parts.originator
    const about: { identity?: string; operation?: string; target?: string } = {}
    // Elsewhere nobody sends files, and content is something else.
    using files = new IncomingFiles(incoming, path[0] === 'services' || path[0] === 'instances')
    try {
      const anyone = authenticate(socket, peers)
      about.identity = describeIdentity(anyone)
      const identity = admit(anyone, this.#parts, askedBy(request))
      invite()
      const { envelope, signed } = await receive(request, files, signatures.sha1, told => {
        received = true
        version = told.version
      })
      await verifySignature(signed, identity, socket, peers, signatures)
      const { body, headers } = envelope
      about.operation = body.local
      speaks = body.namespace === OGSI ? 'ogsi' : body.namespace === DELEGATION ? 'delegation' : undefined
      const { target, viewer, instance, service } = await targets.find(path, identity)
      about.target = describeTarget(target)
      originator = `${this.#parts.originator}${about.target}`
      const operation = route(target, body, table, request, addressingActions(headers))
      const question = {
        identity,
        action: operation.action,
        service,
        // What may be read of it is no instance's matter where everybody may (an entry of the registry).
        instance: operation.action.startsWith('instance.') ? instance : undefined,
        operation: body.local,
        signed: signed?.digest,
      }
      const { judged, judgedAs } = operation
      const isJudged = judged !== undefined && this.#parts.authorization.judgesParameters
      permit(question, this.#parts, { follow: isJudged && judgedAs === undefined })
      const contract = contractOf(target)
      const parameters = decode(operation, target, contract, body)
      // What is judged as another action is about the service then, and not about the instance.
      const whole = judgedAs === undefined ? question : { ...question, action: judgedAs, instance: undefined }
      if (isJudged) {
        const { more, ...are } = await judged({ target, parameters })
        permit(whole, this.#parts, { are, follow: more })
      } else if (judgedAs !== undefined) permit(whole, this.#parts)
      const value = await operation.handle({
        identity,
        owner: ownerKey(identity) ?? '',
        viewer,
        target,
        parameters,
        signal,
      })
      const answer = writeEnvelope(encodeElement(contract, responseOf(operation.name), value), version)
      log.info({ ...about, ms: elapsed(begun) }, 'answered')
      return { status: 200, contentType: soapContentType(version), body: answer, close: false }
    } catch (thrown) {
      const fault = toFault(thrown)
      logFault(log, fault, { ...about, ms: elapsed(begun), peer: socket.remoteAddress })
      return this.#fault(fault, version, { close: !received, speaks, originator })
    }
  }

  #fault(
    fault: GridwrapError,
    version: SoapVersion,
    about: { close: boolean; speaks: 'ogsi' | 'delegation' | undefined; originator: string },
  ): SoapAnswer {
    const { close, speaks, originator } = about
    const detail = encodeFaultDetail(fault, {
      originator,
      ogsi: speaks === 'ogsi' && ogsiFault(fault),
      delegation: speaks === 'delegation',
    })
    const body = writeFault(fault, version, detail)
    return { status: faultStatus(fault, version), contentType: soapContentType(version), body, close }
  }
}

/** OGSI 1.0 section 10.2.1 tells what has ended from what never was. */
const ogsiFault = ({ detail }: GridwrapError): true | string =>
  detail.why === 'ended' ? 'serviceHasTerminatedFault' : true

const elapsed = (begun: number): number => Math.round((performance.now() - begun) * 10) / 10

function describeTarget(target: Target): string {
  switch (target.kind) {
    case 'service':
      return `services/${target.service.name}`
    case 'instance':
      return `instances/${target.row.id}`
    case 'subscription':
      return `subscriptions/${target.row.id}`
    case 'hosted':
      return `hosted/${target.service.name}`
    case 'object':
      return `hosted/${target.service.name}/${target.row.id}`
    case 'entry':
      return new URL(target.entry.handle).pathname.slice(1)
    default:
      return target.kind
  }
}

/** Every fault is logged once; what is not in the error table with all that is known of it. */
export function logFault(log: Log, fault: GridwrapError, about: object): void {
  if (fault.code === 'internal')
    log.error(
      { ...about, incident: fault.detail.incident, err: fault.cause },
      'an internal error was answered with an incident id',
    )
  else log.info({ ...about, fault: fault.code, message: fault.message }, 'answered with a fault')
}
