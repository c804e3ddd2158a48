import { enableCompileCache } from 'node:module'

// Before anything of ours is loaded: from the second start on, nothing is compiled again.
enableCompileCache()
// A reader that has seen enough (`gridwrap output last | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})
const { runCommandLine } = await import('./command-line.ts')
process.exitCode = await runCommandLine(process.argv.slice(2))
