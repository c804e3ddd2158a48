import type { IncomingMessage } from 'node:http'
import { didYouMean } from '../../core/did-you-mean.ts'
import { GridwrapError } from '../../core/errors.ts'
import { clark, type QName } from '../../core/qname.ts'
import type { Operation, Target } from '../../dispatcher/call.ts'
import type { OperationTable } from '../../dispatcher/operation-table.ts'
import { conflictingAction, requestedActions } from '../../soap/soap-action.ts'

/**
 * Stage 5: the Body's child → an entry of the table. Its name alone decides what is permitted and run; a SOAPAction that
 * names another operation of the service is refused.
 */
export function route(
  target: Target,
  body: QName,
  table: OperationTable,
  request: IncomingMessage,
  addressing: readonly string[] = [],
): Operation {
  const operation = table.find(target, body)
  const names = table.names(target)
  if (operation === undefined) {
    const meant = didYouMean(
      body.local,
      names.map(name => name.local),
    )
    throw new GridwrapError(
      'unknown-operation',
      `${clark({ namespace: body.namespace, local: body.local })} is not an operation of this ${target.kind}.`,
      {
        hint: `${meant === undefined ? '' : `Did you mean ${meant}? `}There are: ${[...new Set(names.map(name => name.local))].join(', ')}.`,
      },
    )
  }
  // Each header field by itself: Node joins those of one name.
  const fields = request.headersDistinct['soapaction'] ?? [undefined]
  const actions = [...fields.flatMap(field => requestedActions(field, request.headers['content-type'])), ...addressing]
  const other = conflictingAction(actions, body, new Map(names.map(name => [`${name.namespace}/${name.local}`, name])))
  if (other !== undefined) {
    throw new GridwrapError(
      'unknown-operation',
      `The Body asks for ${body.local}, and the SOAPAction for ${other.local}.`,
      {
        hint: 'Send the SOAPAction that the WSDL gives for the operation, or an empty one.',
      },
    )
  }
  return operation
}
