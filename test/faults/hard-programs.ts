/** Programs that misbehave, each in its own way. All note their attempt in the ledger first, like the witness. */
const deeds = {
  'ignores-term': `trap '' TERM; echo listening; while [ ! -e /nowhere ]; do sleep 0.1; done`,
  'forks-away': `setsid sleep 600 >/dev/null 2>&1 & exit 0`,
  'forks-away-and-stays': `setsid sleep 600 >/dev/null 2>&1 & echo listening; sleep 600`,
  // A daemon that keeps nothing by which its environment would tell it.
  'leaves-without-a-trace': `env -i setsid sh -c 'sleep 600 & exit 0' >/dev/null 2>&1; exit 0`,
  floods: `exec head -c 1000000000000 /dev/zero`,
  sleeps: `exec sleep 600`,
  'sleeps-a-little': `exec sleep 1`,
  'fills-memory': `exec awk 'BEGIN { s = "x"; while (length(s) < 100000000) s = s s; system("exec sleep 600") }'`,
  'fills-the-disk': `exec head -c 1000000000000 /dev/zero >result.txt`,
  segv: `kill -SEGV $$; sleep 600`,
  fpe: `kill -FPE $$; sleep 600`,
  // What it calls its result is no file: a reader that opened it would wait for ever.
  'makes-a-fifo': `mkfifo result.txt; exec sleep 2`,
  'makes-a-link': `ln -s /proc/self/environ result.txt`,
  'makes-a-directory': `mkdir result.txt`,
  'closes-its-directory': `mkdir -p closed/inside; : >closed/file; chmod 000 closed .`,
} as const

export type Deed = keyof typeof deeds

/** The description with all of them; callers choose one. What a result says is read, and followed while it runs. */
export const hard = `
gridwrap: 1
name: hard
title: Misbehaves
command: sh {deed}.sh {ledger}
inputs:
  ledger: {type: string, help: The file that gets a line for each run}
  deed: {type: choice, values: [${Object.keys(deeds).join(', ')}], help: How it misbehaves}
files:
${Object.entries(deeds)
  .map(([name, script]) => `  - ${name}.sh: |\n      echo "$GRIDWRAP_ATTEMPT" >>"$1"\n      ${script}`)
  .join('\n')}
outputs:
  said: stdout
  result: {file: result.txt, optional: true}
  secret: {type: string, from: result, match: '(.+)', optional: true}
watch:
  warning: {in: result, match: '(.+)'}
`
