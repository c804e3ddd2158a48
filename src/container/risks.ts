import type { Configuration } from './configuration.ts'

/** Says out loud, at start, what an administrator should have meant. */
export function warnOfRisks({ listen, run }: Configuration, say: (text: string) => void): void {
  const { host } = listen.https
  if (!/^(127\.|localhost$|::1$)/.test(host))
    say(`Note: listening on ${host}: other machines can reach this container.`)
  if (process.getuid?.() === 0)
    say('Note: running as root, and programs run as root too. Use an account of its own for a container.')
  if (run.limits.time === undefined)
    say('Note: no "run: limits: time": a program without a limit of its own may run for ever.')
}
