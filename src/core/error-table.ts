/**
 * Every error that may leave gridwrap. The table is closed: an error that is not in it becomes `internal`.
 * `element` is the fault's detail element in `urn:gridwrap:job` (wsdl/job.xsd) or, with `ogsi`, also one of OGSI's own;
 * `party` says whose mistake it is (SOAP 1.1 Client or Server, SOAP 1.2 Sender or Receiver);
 * `status` is the HTTP status outside SOAP; in SOAP the version decides (src/soap/fault-writer.ts). docs/faults.md is kept equal to this table by a test.
 */
export const errorTable = {
  'invalid-input': {
    element: 'InvalidInput',
    party: 'client',
    status: 400,
    means:
      'An input of the program is missing, misspelt, ill-typed or outside what the program accepts. All problems are listed at once.',
  },
  'job-failed': {
    element: 'JobFailed',
    party: 'server',
    status: 500,
    means: 'The program ran and broke, or could not be run.',
  },
  'job-refused-input': {
    element: 'JobFailed',
    party: 'client',
    status: 400,
    means: 'The program ran and refused its input.',
  },
  'still-running': {
    element: 'StillRunning',
    party: 'server',
    status: 503,
    means: 'The call waited as long as it may; the job goes on. Its handle is in the detail.',
  },
  'not-ready': {
    element: 'NotReady',
    party: 'client',
    status: 409,
    means: 'The instance is not in a state in which this can be done.',
  },
  'not-found': {
    element: 'NotFound',
    party: 'client',
    status: 404,
    means: 'There is no such service, instance or file, or none that the caller may see.',
  },
  denied: { element: 'Denied', party: 'client', status: 403, means: 'The caller is known and may not do this.' },
  busy: {
    element: 'Busy',
    party: 'server',
    status: 503,
    means: 'A limit is reached for now: a full queue, too many stored instances, or the container is stopping.',
  },
  'credential-problem': {
    element: 'CredentialProblem',
    party: 'client',
    status: 401,
    means: 'A certificate or proxy is missing, expired or not valid.',
  },
  'malformed-request': {
    element: 'BadRequest',
    party: 'client',
    status: 400,
    means: 'The request is not well-formed HTTP, XML or SOAP.',
  },
  'version-mismatch': {
    element: 'BadRequest',
    party: 'version',
    status: 400,
    means: 'The envelope is neither SOAP 1.1 nor SOAP 1.2.',
  },
  'must-understand': {
    element: 'BadRequest',
    party: 'must-understand',
    status: 400,
    means: 'A header that must be understood is not known here.',
  },
  'unsupported-media-type': {
    element: 'BadRequest',
    party: 'client',
    status: 415,
    means: 'The content type, character encoding or content coding is not taken.',
  },
  'too-large': {
    element: 'BadRequest',
    party: 'client',
    status: 413,
    means: 'The request, or a part of it, is larger than the container takes.',
  },
  'unknown-operation': {
    element: 'BadRequest',
    party: 'client',
    status: 400,
    means: 'The child of the Body names no operation of this address.',
  },
  'invalid-message': {
    element: 'BadRequest',
    party: 'client',
    status: 400,
    means: 'The message does not follow the contract of the operation (and not because of a program input).',
  },
  'method-not-allowed': {
    element: 'BadRequest',
    party: 'client',
    status: 405,
    means: 'This address does not take this HTTP method.',
  },
  'range-not-satisfiable': {
    element: 'BadRequest',
    party: 'client',
    status: 416,
    means: 'The byte range lies outside the file.',
  },
  'extensibility-not-supported': {
    element: 'BadRequest',
    ogsi: 'extensibilityNotSupportedFault',
    party: 'client',
    status: 400,
    means: 'OGSI: the kind of query or creation parameter is not one this service knows.',
  },
  'extensibility-type': {
    element: 'BadRequest',
    ogsi: 'extensibilityTypeFault',
    party: 'client',
    status: 400,
    means: 'OGSI: the query or creation parameter is of a known kind and ill-formed.',
  },
  'target-invalid': {
    element: 'BadRequest',
    ogsi: 'targetInvalidFault',
    party: 'client',
    status: 400,
    means: 'OGSI: no service data element has this name.',
  },
  'termination-time-unchanged': {
    element: 'BadRequest',
    ogsi: 'terminationTimeUnchangedFault',
    party: 'client',
    status: 409,
    means: 'OGSI: the termination time asked for cannot be had; the old one stands.',
  },
  'not-destroyed': {
    element: 'BadRequest',
    ogsi: 'serviceNotDestroyedFault',
    party: 'client',
    status: 409,
    means: 'OGSI: this service cannot be destroyed by a call.',
  },
  'cardinality-violation': {
    element: 'BadRequest',
    ogsi: 'cardinalityViolationFault',
    party: 'client',
    status: 409,
    means: 'OGSI: the service data element would have more or fewer values than it takes.',
  },
  'mutability-violation': {
    element: 'BadRequest',
    ogsi: 'mutabilityViolationFault',
    party: 'client',
    status: 409,
    means: 'OGSI: the values of this service data element stay, or can only be added to.',
  },
  'modifiability-violation': {
    element: 'BadRequest',
    ogsi: 'modifiabilityViolationFault',
    party: 'client',
    status: 409,
    means: 'OGSI: this service data element cannot be changed by a client.',
  },
  'type-violation': {
    element: 'BadRequest',
    ogsi: 'typeViolationFault',
    party: 'client',
    status: 400,
    means: 'OGSI: a value is not of the type of its service data element.',
  },
  'partial-failure': {
    element: 'BadRequest',
    ogsi: 'partialFailureFault',
    party: 'client',
    status: 409,
    means: 'OGSI: some of the service data elements were changed, and those that are named were not.',
  },
  'invalid-handle': {
    element: 'BadRequest',
    ogsi: 'invalidHandleFault',
    party: 'client',
    status: 400,
    means: 'OGSI: this is not a handle that the resolver could know.',
  },
  'no-such-service': {
    element: 'BadRequest',
    ogsi: 'noSuchServiceStartedFault',
    party: 'client',
    status: 404,
    means: 'OGSI: there never was a service with this handle, or none that the caller may see.',
  },
  'no-more-references': {
    element: 'BadRequest',
    ogsi: 'noAdditionalReferencesAvailableFault',
    party: 'client',
    status: 404,
    means: 'OGSI: the caller has all references that there are.',
  },
  redirection: {
    element: 'BadRequest',
    ogsi: 'redirectionFault',
    party: 'client',
    status: 404,
    means: 'OGSI: another resolver knows this handle; the fault says which.',
  },
  'unsupported-member': {
    element: 'BadRequest',
    ogsi: 'unsupportedMemberInterfaceFault',
    party: 'client',
    status: 400,
    means: 'OGSI: the service has none of the portTypes that members of this group have.',
  },
  'content-creation-failed': {
    element: 'BadRequest',
    ogsi: 'contentCreationFailedFault',
    party: 'client',
    status: 400,
    means: 'OGSI: what is said of the member is not enough for an entry, or too much.',
  },
  'add-refused': {
    element: 'BadRequest',
    ogsi: 'addRefusedFault',
    party: 'client',
    status: 409,
    means: 'OGSI: the group takes no entry more.',
  },
  'match-failed': {
    element: 'BadRequest',
    ogsi: 'matchFailedFault',
    party: 'client',
    status: 404,
    means: 'OGSI: no entry of the group matches.',
  },
  'remove-failed': {
    element: 'BadRequest',
    ogsi: 'removeFailedFault',
    party: 'client',
    status: 409,
    means: 'OGSI: entries match, and not all of them are the caller’s to remove.',
  },
  'service-refused': {
    element: 'BadRequest',
    party: 'client',
    status: 400,
    means: 'A hosted class refused what it was asked, and says why.',
  },
  'transfer-failed': {
    element: 'BadRequest',
    party: 'server',
    status: 502,
    means:
      'A file could not be moved, and trying again as it is would not help: what came was not what was sent, or the other server cannot do it.',
  },
  internal: {
    element: 'InternalError',
    party: 'server',
    status: 500,
    means: 'Something that should not happen did. The log has the details under the incident id.',
  },
} as const satisfies Record<string, ErrorRow>

interface ErrorRow {
  readonly element: string
  readonly ogsi?: string
  readonly party: 'client' | 'server' | 'version' | 'must-understand'
  readonly status: number
  readonly means: string
}

export type ErrorCode = keyof typeof errorTable
export const errorRow = (code: ErrorCode): ErrorRow => errorTable[code]
