import { type ConnectionOptions, createSecureContext } from 'node:tls'
import { HttpConnection } from './http-connection.ts'
import { serveJobs } from './job-process.ts'
import { type LoadJob, type LoadResult, repeat } from './load-job.ts'

// The process that plays the clients.

serveJobs(async (job: LoadJob): Promise<LoadResult> => {
  const request = Buffer.from(job.request)
  const options: ConnectionOptions = {
    host: '127.0.0.1',
    port: job.port,
    servername: 'localhost',
    ALPNProtocols: ['http/1.1'],
    // Once a job: reading keys is not what is measured.
    secureContext: createSecureContext({ cert: job.cert, key: job.key, ca: job.ca }),
  }
  const ask = async (connection: HttpConnection): Promise<number> => {
    const { status, length } = await connection.exchange(request)
    if (status !== job.status) throw new Error(`The answer is ${status}, and should be ${job.status}.`)
    return length
  }
  if (job.fresh)
    return repeat(job, async () => {
      const connection = await HttpConnection.open(options)
      const length = await ask(connection)
      connection.close()
      return length
    })
  const connections = await Promise.all(Array.from({ length: job.inFlight }, () => HttpConnection.open(options)))
  try {
    return await repeat(job, async lane => {
      const connection = connections[lane]
      if (connection === undefined) throw new Error(`There is no connection ${lane}.`)
      return ask(connection)
    })
  } finally {
    for (const connection of connections) connection.close()
  }
})
