import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { isNetworkOrName } from '../core/address-policy.ts'
import { parseSize } from '../core/quantities.ts'
import { readEndpoint } from '../core/read-endpoint.ts'
import { proxyGenerations } from '../gsi/proxy-generation.ts'
import { accountName, accountRules, withAbsoluteGridmap } from './account-rules.ts'
import { authorizeEntries, withAbsolutePath } from './authorize-entries.ts'
import { configurationProblems } from './configuration-problems.ts'
import { count, duration } from './configured-values.ts'
import { gridftpSettings } from './gridftp-settings.ts'

const size = z
  .string()
  .refine(text => parseSize(text) !== undefined, 'is not a size like 500MB, 4GB')
  .transform(text => parseSize(text) ?? 0)
const endpoint = z
  .string()
  .refine(text => readEndpoint(text) !== undefined, 'is not an address like 127.0.0.1:8443 or [::]:8443')
  .transform(text => readEndpoint(text) ?? { host: '', port: 0 })
const network = z.string().refine(isNetworkOrName, {
  error: ({ input }) =>
    `has "${String(input)}", which is neither a network like 10.0.0.0/8, nor a host, nor a domain like *.example.org (none has a port)`,
})
const authority = z.string().regex(/^[A-Za-z0-9.-]+(?::\d{1,5})?$/, 'is not a host or host:port')

const limits = z.strictObject({
  time: duration.optional(),
  memory: size.optional(),
  disk: size.optional(),
  output: size.optional(),
  processes: count.optional(),
  cores: z.number().positive().optional(),
})

const shape = z.strictObject({
  gridwrap: z.literal(1),
  listen: z.strictObject({ https: endpoint, gridftp: endpoint.optional() }),
  authority,
  aliases: z.array(authority).default([]),
  workers: count.max(64).default(1),
  data: z.string(),
  instances: z.string().optional(),
  services: z.array(z.string()).default([]),
  hosted: z.array(z.string()).default([]),
  'host-credential': z.strictObject({ certificate: z.string(), key: z.string() }),
  trust: z.strictObject({
    certificates: z.string(),
    crl: z.enum(['required', 'if-present']).default('if-present'),
    'crl-grace': duration.default(0),
    'signing-policy': z.enum(['required', 'if-present']).default('required'),
    'clock-skew': duration.default(300),
    proxies: z.array(z.enum(proxyGenerations)).min(1).default(['rfc3820']),
    vomsdir: z.string().optional(),
    'voms-invalid': z.enum(['ignore', 'refuse']).default('ignore'),
  }),
  messages: z
    .strictObject({
      signature: z.enum(['optional', 'required']).default('optional'),
      'signature-window': duration.default(300),
      sha1: z.enum(['refuse', 'accept']).default('refuse'),
    })
    .default({ signature: 'optional', 'signature-window': 300, sha1: 'refuse' }),
  authorize: authorizeEntries,
  administrators: z.array(z.string().startsWith('/', 'is not a distinguished name like /DC=org/CN=Ada')).default([]),
  run: z
    .strictObject({
      'at-once': count.max(10_000).optional(),
      'sessions-at-once': count.max(10_000).default(32),
      grace: duration.default(10),
      environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
      limits: limits.default({}),
      mpi: z
        .string()
        .regex(/^[^\s{}]+(?: +\S+)*$/, 'is no program with its arguments')
        .refine(text => text.includes('{cores}'), 'says nowhere how many processes it starts: {cores}')
        .default('mpirun -n {cores}'),
      sandbox: z.enum(['when-asked', 'always']).default('when-asked'),
      'sandbox-reads': z
        .array(z.string().startsWith('/', 'is not the path of a folder like /opt/software'))
        .default([]),
      cgroup: z
        .string()
        .regex(/^(?:own|none|\/sys\/fs\/cgroup\/.+)$/, 'is neither own, nor none, nor a folder below /sys/fs/cgroup')
        .default('none'),
      accounts: accountRules.optional(),
      'service-account': accountName.default('gridwrap'),
      'least-uid': count.default(1000),
    })
    .default({
      'sessions-at-once': 32,
      grace: 10,
      environment: {},
      limits: {},
      mpi: 'mpirun -n {cores}',
      sandbox: 'when-asked',
      'sandbox-reads': [],
      cgroup: 'none',
      'service-account': 'gridwrap',
      'least-uid': 1000,
    }),
  staging: z
    .strictObject({
      // One may be said without a list.
      allow: z.preprocess(said => (typeof said === 'string' ? [said] : said), z.array(network)).default([]),
      'at-once': count.max(256).default(8),
      streams: count.max(64).default(1),
      attempts: count.max(1000).default(8),
      timeout: duration.default(120),
      cache: size.default(10e9),
    })
    .default({ allow: [], 'at-once': 8, streams: 1, attempts: 8, timeout: 120, cache: 10e9 }),
  notification: z
    .strictObject({
      allow: z.preprocess(said => (typeof said === 'string' ? [said] : said), z.array(network)).default([]),
      'at-once': count.max(4096).default(256),
      timeout: duration.default(10),
    })
    .default({ allow: [], 'at-once': 256, timeout: 10 }),
  gridftp: gridftpSettings,
  myproxy: z
    .strictObject({
      server: z.string().min(1),
      subject: z.string().startsWith('/', 'is not a distinguished name').optional(),
    })
    .optional(),
  secrets: z.strictObject({ 'key-file': z.string().optional() }).default({}),
  logs: z
    .strictObject({
      audit: z.string().optional(),
      'audit-size': size.default(100e6),
      'audit-keep': duration.default(365 * 86_400),
      'audit-total': size.default(10e9),
    })
    .default({ 'audit-size': 100e6, 'audit-keep': 365 * 86_400, 'audit-total': 10e9 }),
  quota: z
    .strictObject({
      running: count.default(20),
      queued: count.default(200),
      instances: count.default(10_000),
      stored: size.default(100e9),
      keep: duration.default(7 * 86_400),
      'keep-at-most': duration.default(90 * 86_400),
    })
    .default({
      running: 20,
      queued: 200,
      instances: 10_000,
      stored: 100e9,
      keep: 7 * 86_400,
      'keep-at-most': 90 * 86_400,
    }),
})

const schema = shape.refine(
  ({ authorize, trust }) =>
    trust.vomsdir !== undefined || !authorize.some(entry => typeof entry === 'object' && 'voms' in entry),
  {
    path: ['trust', 'vomsdir'],
    error: 'is missing: "authorize" has a voms entry, and nobody would have a group or role',
  },
)

/** A container's configuration, checked, with absolute paths. Sizes are bytes, durations seconds. */
export type Configuration = z.infer<typeof schema> & {
  readonly file: string
  readonly instances: string
  readonly logs: { readonly audit: string }
}

/** What is wrong with a configuration file: every problem at once, each with its place and the way out. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}

/** Reads and checks a configuration file. Relative paths are relative to it. Throws ConfigurationError. */
export function readConfiguration(file: string): Configuration {
  const text = readText(file)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const [broken] = document.errors
  if (broken !== undefined) throw new ConfigurationError(`${file}: ${broken.message}`)
  const checked = schema.safeParse(document.toJS({ maxAliasCount: 20 }))
  if (!checked.success) {
    throw new ConfigurationError(
      configurationProblems(checked.error.issues, shape)
        .map(problem => `${file}: ${problem}`)
        .join('\n'),
    )
  }
  return resolved(checked.data, file)
}

function resolved(configuration: z.infer<typeof schema>, file: string): Configuration {
  const at = (path: string): string => resolve(dirname(resolve(file)), path)
  const atIfSaid = (path: string | undefined): string | undefined => (path === undefined ? undefined : at(path))
  const data = at(configuration.data)
  return {
    ...configuration,
    file: resolve(file),
    data,
    instances: configuration.instances === undefined ? `${data}/instances` : at(configuration.instances),
    services: configuration.services.map(at),
    hosted: configuration.hosted.map(at),
    'host-credential': {
      certificate: at(configuration['host-credential'].certificate),
      key: at(configuration['host-credential'].key),
    },
    trust: {
      ...configuration.trust,
      certificates: at(configuration.trust.certificates),
      vomsdir: atIfSaid(configuration.trust.vomsdir),
    },
    gridftp: {
      ...configuration.gridftp,
      exports: configuration.gridftp.exports.map(one => ({ ...one, folder: at(one.folder) })),
    },
    run: { ...configuration.run, accounts: configuration.run.accounts?.map(rule => withAbsoluteGridmap(rule, at)) },
    authorize: configuration.authorize.map(entry => withAbsolutePath(entry, at)),
    secrets: { 'key-file': atIfSaid(configuration.secrets['key-file']) },
    logs: { ...configuration.logs, audit: at(configuration.logs.audit ?? join(data, 'audit.jsonl')) },
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    throw new ConfigurationError(
      code === 'ENOENT'
        ? `There is no configuration file ${file}. Say where it is (--config FILE, or GRIDWRAP_CONFIG), or make one: gridwrap init`
        : `${file} cannot be read (${code ?? 'unknown'}).`,
    )
  }
}
