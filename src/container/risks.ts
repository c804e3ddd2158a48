import { existsSync } from 'node:fs'
import type { Configuration } from './configuration.ts'

/** Says out loud, at start, what an administrator should have meant. */
export function warnOfRisks({ listen, run, trust }: Configuration, say: (text: string) => void): void {
  const { host } = listen.https
  if (!/^(127\.|localhost$|::1$)/.test(host))
    say(`Note: listening on ${host}: other machines can reach this container.`)
  if (process.getuid?.() === 0 && run.accounts === undefined)
    say(
      'Note: running as root, and programs run as root too. Use an account of its own for a container, or "run: accounts".',
    )
  if (trust.vomsdir !== undefined && !existsSync(trust.vomsdir))
    say(`Note: there is no ${trust.vomsdir} (trust: vomsdir): nobody has a group or role of a virtual organization.`)
  if (run.limits.time === undefined)
    say('Note: no "run: limits: time": a program without a limit of its own may run for ever.')
}
