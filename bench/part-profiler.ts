import { once } from 'node:events'
import { Session } from 'node:inspector/promises'
import { createServer, type Socket } from 'node:net'
import { isMainThread } from 'node:worker_threads'

// Loaded into the container's processes by NODE_OPTIONS=--import. Does nothing but in a front end and the keeper, which
// then have a socket: a connection to it is a processor profile, from its beginning until the other side ended its half.

const place = process.env['GRIDWRAP_BENCH_PROFILER']
const sampleMicroseconds = 200

const role = ['front-end', 'keeper'].find(name => process.argv.includes(name))

if (place !== undefined && role !== undefined && isMainThread) {
  const server = createServer({ allowHalfOpen: true }, socket => {
    profile(socket).catch(() => socket.destroy())
  })
  // Exclusive: a worker of node:cluster would ask its primary for the socket.
  server.listen({ path: `${place}-${role}`, exclusive: true })
  server.unref()
}

async function profile(socket: Socket): Promise<void> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: sampleMicroseconds })
  await session.post('Profiler.start')
  socket.write('begun\n')
  await once(socket.resume(), 'end')
  const { profile: taken } = await session.post('Profiler.stop')
  session.disconnect()
  socket.end(JSON.stringify(taken))
}
