import { dirname, normalize } from 'node:path'
import { z } from 'zod'
import { checkpointSignals } from '../../application/checkpoint-signals.ts'
import { isAccountName } from '../../core/system-account.ts'

/**
 * What the keeper and the launcher say to each other: one JSON object a line. The keeper is not believed more than it
 * needs to be: whoever took it over can have programs started as the accounts of the site's map, and nothing else done.
 */

/** Of one line, in characters: a command line and an environment are 2 MiB at most by the kernel's own rules (execve(2)). */
export const mostLineLength = 16 * 1024 * 1024

const words = z.string().regex(/^[^\0]*$/)
const amount = z.number().nonnegative().optional()

/** A path that means what it says, and lies in the folder of the instances. */
const pathBelow = (root: string) =>
  words.refine(path => normalize(path) === path && path.startsWith(`${root}/`) && !path.endsWith('/'))

/** It is made as the account, so that nothing is shown that the account could not read. */
const sandbox = z.strictObject({
  network: z.boolean(),
  reads: z.array(words.startsWith('/')).max(1000).readonly(),
  hides: z.array(words.startsWith('/')).max(1000).readonly(),
  readsControl: z.boolean(),
})

const specSchema = (root: string) =>
  z
    .strictObject({
      attempt: z.string().regex(/^[A-Za-z0-9_-]{1,64}\.\d{1,9}$/),
      argv: z.array(words).min(1),
      environment: z.record(z.string().regex(/^[^=\0]+$/), words),
      workDirectory: pathBelow(root),
      controlDirectory: pathBelow(root),
      stdin: pathBelow(root).optional(),
      limits: z.strictObject({
        time: amount,
        memory: amount,
        disk: amount,
        output: amount,
        processes: amount,
        cores: amount,
      }),
      sandbox: sandbox.optional(),
      account: z.string().refine(isAccountName),
    })
    // The wrapper opens it as the container: it is where nobody else can put a link.
    .refine(({ stdin, controlDirectory }) => stdin === undefined || dirname(stdin) === controlDirectory, {
      path: ['stdin'],
    })

const plainVerbs = ['submit', 'status', 'suspend', 'resume', 'sweep', 'reclaim', 'watchEnd'] as const

/** Pure: what is taken from the keeper. `root`: the folder of the instances. */
export const requestSchema = (root: string) => {
  const spec = specSchema(root)
  const id = z.number().int().nonnegative()
  return z.discriminatedUnion('verb', [
    z.strictObject({ id, verb: z.literal(plainVerbs), spec }),
    z.strictObject({ id, verb: z.literal('signal'), signal: z.enum(checkpointSignals), spec }),
    z.strictObject({ id, verb: z.literal('cancel'), how: z.enum(['ask', 'force']), spec }),
    /** Makes a file of the container's the account's alone. */
    z.strictObject({
      id,
      verb: z.literal('giveFile'),
      file: pathBelow(root),
      account: z.string().refine(isAccountName),
    }),
    /** The end of an earlier request is not waited for any more. */
    z.strictObject({ id, verb: z.literal('stop') }),
  ])
}
export type LauncherRequest = z.infer<ReturnType<typeof requestSchema>>

/** What the launcher answers. `code` is one of the error table's, `errno` one of the system's. */
export const answerSchema = z.union([
  z.strictObject({ id: z.number(), value: z.unknown().optional() }),
  z.strictObject({
    id: z.number(),
    error: z.strictObject({ message: z.string(), code: z.string().optional(), errno: z.string().optional() }),
  }),
])
export type LauncherAnswer = z.infer<typeof answerSchema>

/** Pure: cuts a stream into lines; throws when one grows too long. */
export class Lines {
  #rest: string[] = []
  #length = 0

  /** The lines that are whole by now. */
  push(chunk: string): readonly string[] {
    const [first = '', ...more] = chunk.split('\n')
    this.#rest.push(first)
    this.#length += first.length
    if (more.length > 0) {
      const lines = [this.#rest.join(''), ...more.slice(0, -1)]
      this.#rest = [more.at(-1) ?? '']
      this.#length = this.#rest[0]?.length ?? 0
      this.#check()
      return lines
    }
    this.#check()
    return []
  }

  #check(): void {
    if (this.#length > mostLineLength) throw new Error('A message of the keeper and the launcher is too long.')
  }
}
