import type { Application } from '../application/model.ts'
import { qname } from '../core/qname.ts'
import type { XmlElement } from '../xml/tree.ts'
import {
  gridPortTypes,
  gridSchema,
  jobPortTypes,
  jobSchema,
  ogsiPortTypes,
  ogsiSchema,
  serviceDataSchema,
} from './base-contract.ts'
import type { Contract, PortType } from './contract-model.ts'
import { contractNames } from './contract-names.ts'
import { operation, portType, sequence, wrapper } from './contract-parts.ts'
import { anyNumber, element, inputElement, inputType, jobType, outputElement, perhaps } from './input-elements.ts'
import { applicationOperations, GRID, JOB, OGSI, XSD } from './names.ts'
import type { Component, Schema } from './schema-model.ts'
import { sessionComponents, sessionOperations } from './session-contract.ts'

const xsd = {
  string: qname(XSD, 'string'),
  dateTime: qname(XSD, 'dateTime'),
}

const made = new WeakMap<Application, Contract>()

/**
 * The contract of one application: typed factory and job portTypes beside the generic ones. createService takes the
 * element of run's request as its creation parameters. Always the same one, because what is compiled of a contract is kept
 * with it.
 */
export function applicationContract(application: Application): Contract {
  const contract = made.get(application) ?? makeContract(application)
  made.set(application, contract)
  return contract
}

function makeContract(application: Application): Contract {
  const names = contractNames(application.name)
  return {
    name: application.name,
    namespace: names.namespace,
    documentation: documentationOf(application),
    schemas: [jobSchema, applicationSchema(application), gridSchema, ogsiSchema, serviceDataSchema],
    portTypes: [...applicationPortTypes(application), ...jobPortTypes, ...gridPortTypes, ...ogsiPortTypes],
  }
}

const documentationOf = ({ title, version, description, homepage, cite }: Application): string =>
  [version === undefined ? title : `${title} (${version})`, description, cite && `Cite: ${cite}`, homepage]
    .filter(part => part !== undefined && part !== '')
    .join('\n')
    .replace(/[ \t\r\n]+/g, ' ')
    .trim()

function applicationSchema(application: Application): Schema {
  const names = contractNames(application.name)
  const types: Component[] = application.inputs.flatMap(input => {
    const type = inputType(input)
    return type === undefined ? [] : [{ kind: 'type', name: names.inputType(input.name).local, type }]
  })
  const inputs = application.inputs.map(input => inputElement(input, names.inputType(input.name)))
  const request = sequence([...inputs, element('options', jobType('JobOptions'), perhaps, 'How the job is run.')])
  const results = sequence([
    ...application.outputs.map(outputElement),
    element('warning', xsd.string, anyNumber),
    element('status', jobType('JobStatus')),
    element('ran', jobType('Ran'), perhaps),
  ])
  const filter = sequence([
    element('state', jobType('JobState'), anyNumber, 'Only jobs in one of these states.'),
    element('label', jobType('Label'), perhaps, 'Only jobs with this label.'),
    element('since', xsd.dateTime, perhaps, 'Only jobs submitted at this time or later.'),
    element('cursor', xsd.string, perhaps, 'What the answer before this one called next.'),
  ])
  return {
    namespace: names.namespace,
    documentation: undefined,
    elementsQualified: true,
    attributesQualified: false,
    imports: [JOB],
    components: [
      ...types,
      wrapper('run', request),
      { kind: 'type', name: names.results.local, type: results },
      wrapper('runResponse', sequence([element('results', names.results)])),
      wrapper('submit', request),
      wrapper('submitResponse', sequence([element('job', jobType('JobRef'))])),
      wrapper('listInstances', filter),
      wrapper('listInstancesResponse', sequence([element('list', jobType('JobList'))])),
      wrapper('getResults', sequence([])),
      wrapper('getResultsResponse', sequence([element('results', names.results)])),
      wrapper('start', sequence(inputs.map(input => ({ ...input, min: 0 })))),
      wrapper('startResponse', sequence([element('status', jobType('JobStatus'))])),
      ...sessionComponents(application),
    ],
  }
}

function applicationPortTypes(described: Application): PortType[] {
  const { name: application, checkpoint, session, library } = described
  const names = contractNames(application)
  const requests = applicationOperations(application)
  const more = [
    ...(checkpoint === undefined ? [] : [qname(JOB, 'Restartable')]),
    ...(session === undefined ? [] : [qname(JOB, 'Session')]),
  ]
  return [
    portType(
      names.factory.portType,
      [qname(OGSI, 'Factory'), qname(GRID, 'Queryable')],
      [
        // Nobody waits for the end of a session.
        ...(session === undefined && library === undefined
          ? [
              operation(
                requests.run,
                'Runs the program and waits for its results; when that takes too long, StillRunning says which job goes on.',
                ['InvalidInput', 'JobFailed', 'StillRunning', 'Denied', 'Busy', 'CredentialProblem'],
              ),
            ]
          : []),
        operation(requests.submit, 'Starts the program and answers at once with the job.', [
          'InvalidInput',
          'Denied',
          'Busy',
          'CredentialProblem',
        ]),
        operation(requests.listInstances, 'The jobs of this application that you may see, newest first.', [
          'InvalidInput',
          'Denied',
        ]),
      ],
      [createsJobs(application)],
    ),
    portType(
      names.job.portType,
      [qname(JOB, 'Job'), ...more, qname(JOB, 'JobDestroy')],
      [
        operation(requests.getResults, 'The results of an ended job; of a failed one, what there is of them.', [
          'NotReady',
          'NotFound',
          'Denied',
        ]),
        operation(
          requests.start,
          'Starts a job that createService made, with the inputs that it was not given there.',
          ['InvalidInput', 'NotReady', 'NotFound', 'Denied', 'Busy', 'CredentialProblem'],
        ),
        ...sessionOperations(described),
      ],
    ),
  ]
}

/** What createService takes, and what it makes (OGSI 1.0 section 12.1). */
function createsJobs(application: string): XmlElement {
  const { namespace, job } = contractNames(application)
  const prefixes = new Map([
    ['ogsi', OGSI],
    ['a', namespace],
  ])
  const made = { ...qname(OGSI, 'createsInterface'), attributes: [], children: [`a:${job.portType.local}`] }
  return {
    ...qname(OGSI, 'createServiceExtensibility'),
    attributes: [{ ...qname(OGSI, 'inputElement'), value: 'a:run' }],
    children: [{ ...made, prefixes, streamed: undefined }],
    prefixes,
    streamed: undefined,
  }
}
