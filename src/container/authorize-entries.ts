import { z } from 'zod'
import { actionNames } from '../authz/actions.ts'
import { parseNamePattern } from '../authz/name-patterns.ts'

const scope = {
  services: z.array(z.string().min(1)).min(1).optional(),
  actions: z.array(z.enum(actionNames)).min(1).optional(),
}
const oneOrMore = (pattern: z.ZodString) => z.union([pattern.transform(text => [text]), z.array(pattern).min(1)])
const namePattern = z
  .string()
  .refine(text => parseNamePattern(text)?.kind === 'name', 'is not a name or pattern like /DC=org/DC=example/*')
export const fqanPattern = z
  .string()
  .refine(
    text => parseNamePattern(text)?.kind === 'fqan',
    'is not a group or role like /vo/Role=production, or /vo/* for the VO and all below it',
  )

/** Of an entry whose kind is plain, what is wrong with what it says. */
function wrongValue({ input, ...issue }: { readonly input?: unknown }): string | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  const [kind = ''] = Object.keys(input)
  const found = messagesOf(issue, kind).find(message => /^is (?:not|none) /.test(message))
  return found === undefined ? undefined : `${kind}: ${JSON.stringify(input)} ${found}`
}

/** All that zod has to say of one member, in unions within unions, too. */
const messagesOf = (issue: object, member: string | undefined): readonly string[] =>
  'errors' in issue
    ? (issue.errors as readonly (readonly z.core.$ZodIssue[])[])
        .flat()
        .filter(({ path }) => member === undefined || path[0] === member)
        .flatMap(one => [one.message, ...messagesOf(one, undefined)])
    : []

/** The entries of `authorize`, in the order in which they are asked. */
export const authorizeEntries = z
  .array(
    z.union(
      [
        z.literal('owner'),
        z.literal('self'),
        z.strictObject({ gridmap: z.string(), ...scope }),
        z.strictObject({ ban: z.string() }),
        z.strictObject({ identity: oneOrMore(namePattern), ...scope }),
        z.strictObject({ voms: oneOrMore(fqanPattern), ...scope }),
        z.strictObject({ 'limited-proxies': z.array(z.enum(actionNames)).min(1) }),
        z.strictObject({ policy: z.string() }),
        z.strictObject({ module: z.string(), options: z.unknown().optional() }),
      ],
      {
        error: issue =>
          wrongValue(issue) ??
          `${JSON.stringify(issue.input)} is none of: owner, self, {gridmap: FILE}, {ban: FILE}, {identity: [PATTERN]}, {voms: [FQAN]}, {limited-proxies: [ACTION]}, {policy: FILE}, {module: FILE}; gridmap, identity and voms take services: [NAME] and actions: [ACTION] (${actionNames.join(', ')})`,
      },
    ),
  )
  .min(1)
  .refine(entries => entries.includes('owner'), 'has no "owner": nobody could use what is theirs')

export type AuthorizeEntry = z.infer<typeof authorizeEntries>[number]

/** The same entry with its file as an absolute path. */
export function withAbsolutePath(entry: AuthorizeEntry, at: (path: string) => string): AuthorizeEntry {
  if (typeof entry === 'string') return entry
  if ('gridmap' in entry) return { ...entry, gridmap: at(entry.gridmap) }
  if ('ban' in entry) return { ban: at(entry.ban) }
  if ('policy' in entry) return { policy: at(entry.policy) }
  return 'module' in entry ? { ...entry, module: at(entry.module) } : entry
}
