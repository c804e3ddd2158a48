import type { SessionConfig } from './session-config.ts'
import { SessionServer } from './session-server.ts'

/**
 * The program of an attempt that is a session: it holds the interpreter, outlives the container, and answers whoever may
 * reach its socket. Its one argument is a SessionConfig.
 */
const server = new SessionServer(JSON.parse(process.argv[2] ?? '') as SessionConfig)
// Asked to end, it does, with all that it holds; Control-C is for the interpreter, and not sent to us.
process.once('SIGTERM', () => {
  server.end()
  process.exit(143)
})
process.exitCode = await server.run()
process.exit()
