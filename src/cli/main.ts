import { statSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

// Before anything of ours is loaded: from the second start on, nothing is compiled again. In a folder that is the user's own,
// also when another's environment is in use (sudo): code that is kept elsewhere could be somebody else's.
const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
const nearest = [join(cache, 'gridwrap'), cache, dirname(cache)].map(ownerOf).find(owner => owner !== undefined)
if (isAbsolute(cache) && nearest === process.geteuid?.()) enableCompileCache(join(cache, 'gridwrap'))

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid
  } catch {
    return undefined
  }
}

// A reader that has seen enough (`gridwrap output last | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})
const { runCommandLine } = await import('./command-line.ts')
process.exitCode = await runCommandLine(process.argv.slice(2))
