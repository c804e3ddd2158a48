import { GridwrapError } from '../core/errors.ts'

/** The fault for one parameter of an operation that is none of a program's inputs. */
export const invalidParameter = (input: string, value: string, rule: string): GridwrapError =>
  new GridwrapError('invalid-input', `${input} = ${JSON.stringify(value.slice(0, 200))}: ${rule}.`, {
    detail: { problem: [{ input, value, rule }] },
  })
