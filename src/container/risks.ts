import { existsSync, statSync } from 'node:fs'
import type { Configuration } from './configuration.ts'

/** Says out loud, at start, what an administrator should have meant. */
export function warnOfRisks({ listen, run, trust, gridftp }: Configuration, say: (text: string) => void): void {
  const { host } = listen.https
  if (!/^(127\.|localhost$|::1$)/.test(host))
    say(`Note: listening on ${host}: other machines can reach this container.`)
  if (listen.gridftp === undefined && gridftp.exports.length > 0)
    say('Note: gridftp: exports are served by nobody: there is no "listen: gridftp".')
  for (const { name, folder, read, write, anonymous } of gridftp.exports) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
      say(`Note: gridftp: exports: ${name}: there is no folder ${folder}.`)
    if (read.length === 0 && write.length === 0 && !anonymous)
      say(`Note: gridftp: exports: ${name}: nobody may read it; name them in read or write, or say anonymous: true.`)
  }
  if (process.getuid?.() === 0 && run.accounts === undefined)
    say(
      'Note: running as root, and programs run as root too. Use an account of its own for a container, or "run: accounts".',
    )
  if (trust.vomsdir !== undefined && !existsSync(trust.vomsdir))
    say(`Note: there is no ${trust.vomsdir} (trust: vomsdir): nobody has a group or role of a virtual organization.`)
  if (run.limits.time === undefined)
    say('Note: no "run: limits: time": a program without a limit of its own may run for ever.')
}
