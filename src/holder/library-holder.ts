import { writeSync } from 'node:fs'
import { LibraryServer } from './library-server.ts'

/** The program of an attempt that is a library: it loads it, and calls its routines for whoever may reach its socket. */
try {
  const server = new LibraryServer(process.argv[2] ?? '')
  await server.listen()
} catch (error) {
  writeSync(2, `gridwrap: ${(error as Error).message}\n`)
  process.exit(127)
}
