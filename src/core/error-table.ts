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
