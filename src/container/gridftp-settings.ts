import { z } from 'zod'
import { parseNamePattern } from '../authz/name-patterns.ts'
import { nameProblem } from '../files/path-names.ts'
import { count, duration } from './configured-values.ts'

const people = z.array(
  z
    .string()
    .refine(
      text => parseNamePattern(text) !== undefined,
      'is neither a name like /DC=org/CN=Ada, in which * may stand for anything, nor a group or role like /vo/Role=production',
    ),
)

const portRange = z
  .string()
  .regex(/^\d{4,5}-\d{4,5}$/, 'is not a range of ports like 50000-51000')
  .transform(text => {
    const [first = 0, last = 0] = text.split('-').map(Number)
    return [first, last] as const
  })
  .refine(([first, last]) => first >= 1024 && first <= last && last <= 65_535, 'is not within 1024-65535')

const exported = z.strictObject({
  name: z
    .string()
    .refine(
      text => nameProblem(text) === undefined && text !== 'instances',
      'is no name of a directory beside "instances"',
    ),
  folder: z.string(),
  read: people.default([]),
  write: people.default([]),
  anonymous: z.boolean().default(false),
})

/** `gridftp` of a configuration: how files are served where `listen: gridftp` says that they are. */
export const gridftpSettings = z
  .strictObject({
    exports: z
      .array(exported)
      .refine(all => new Set(all.map(({ name }) => name)).size === all.length, 'has a name twice')
      .default([]),
    'data-ports': portRange.optional(),
    'data-host': z.ipv4('is not an IPv4 address').optional(),
    idle: duration.default(900),
    connections: count.default(1024),
  })
  .default({ exports: [], idle: 900, connections: 1024 })

export type Export = z.infer<typeof exported>
