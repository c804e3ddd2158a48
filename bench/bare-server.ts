import { once } from 'node:events'
import { createServer } from 'node:https'
import { readCredential } from '../src/gsi/credential.ts'
import { serverTlsOptions } from '../src/gsi/server-tls-options.ts'
import { serveJobs } from './job-process.ts'

/** What the bare server is to be: the container's certificate, and an answer for each path. */
export interface BareServerJob {
  readonly certificate: string
  readonly key: string
  readonly answers: Readonly<Record<string, { readonly status: number; readonly length: number }>>
}

// What is compared with: node:https with the container's certificate and TLS settings. It reads the body, looks at
// nothing in it, and answers with as many bytes as the container does.

serveJobs(async (job: BareServerJob): Promise<number> => {
  const answers = new Map(
    Object.entries(job.answers).map(([path, { status, length }]) => [
      path,
      { status, body: Buffer.alloc(length, 'x') },
    ]),
  )
  const server = createServer(
    {
      ...serverTlsOptions(readCredential({ file: job.certificate, keyFile: job.key }), 'TLSv1.3'),
      ALPNProtocols: ['http/1.1'],
      keepAliveTimeout: 75_000,
    },
    (request, response) => {
      request.on('data', () => undefined)
      request.once('end', () => {
        const answer = answers.get(request.url ?? '')
        response.writeHead(answer?.status ?? 404, {
          'Content-Type': 'text/xml; charset=utf-8',
          'Content-Length': answer?.body.length ?? 0,
          'X-Content-Type-Options': 'nosniff',
        })
        response.end(answer?.body)
      })
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
})
