import { inputOfCheckpoint } from './checkpoint-input.ts'
import type { Application, Output, SessionOperation } from './model.ts'

/** Where the plan of a call has its code; it is not written there, but handed to the interpreter. */
export const codeFile = 'code'

export const evaluateName = 'evaluate'

/** The operation of a session of this name, `evaluate` among them; undefined when there is none. */
export const sessionOperation = (application: Application, name: string): SessionOperation | undefined =>
  name === evaluateName && application.session !== undefined
    ? evaluateOperation(application)
    : application.operations?.find(operation => operation.name === name)

/** What every session can: the evaluation of any code. */
function evaluateOperation(application: Application): SessionOperation {
  return {
    name: evaluateName,
    timeout: application.session?.timeout ?? 0,
    application: {
      ...application,
      title: 'Evaluate code',
      command: [],
      files: [
        {
          kind: 'written',
          name: codeFile,
          template: {
            quote: 'none',
            lines: [{ when: undefined, parts: [{ kind: 'value', name: 'code', format: undefined }] }],
          },
        },
      ],
      inputs: [{ ...inputOfCheckpoint, name: 'code', type: 'text', optional: false, isCheckpoint: false }],
      outputs: [printed('output', 'stdout'), printed('messages', 'stderr')],
      rules: [],
    },
  }
}

/** All that was printed. */
const printed = (name: string, from: 'stdout' | 'stderr'): Output => ({
  name,
  help: undefined,
  optional: true,
  format: undefined,
  unit: undefined,
  show: undefined,
  source: { kind: 'value', type: 'string', from, match: '(.*)', which: 'first', many: false },
})
