/**
 * A program that counts, saves how far it is and goes on from there. At `pause` it waits for a file outside, so that a test
 * decides how long it runs. Save by itself (`state.5`, `state.10` …), when asked by USR1 (`saved`), or, when there is a
 * file STOP, at its end.
 */
export const countScript = `
to=$1 pause=$2 gate=$3 k=0
[ -z "$4" ] || k=$(cat "$4")
save() { echo "$k" >saved.new; mv saved.new saved; }
trap save USR1
echo "begins at $k"
while [ "$k" -lt "$to" ]; do
  k=$((k + 1))
  echo "number $k"
  if [ $((k % 5)) = 0 ]; then echo "$k" >"state.$k"; fi
  while [ "$k" = "$pause" ] && [ ! -e "$gate" ]; do
    if [ -e STOP ]; then save; exit 0; fi
    sleep 0.02
  done
done
echo "ends at $k"
`

const indent = (text: string): string => text.replace(/\n(?=.)/g, '\n      ').trim()

/** A description of the counting program that says this under checkpoint. */
export const counting = (name: string, checkpoint: string): string => `
gridwrap: 1
name: ${name}
title: Counts, and knows how far it is
command: sh count.sh {to} {pause} {gate}
files:
  - count.sh: |
      ${indent(countScript)}
inputs:
  to: {type: integer, default: 20}
  pause: {type: integer, default: 0}
  gate: {type: string, default: /nonexistent}
outputs:
  log: stdout
  begun: {type: integer, from: log, match: '^begins at (\\d+)$'}
  ended: {type: integer, from: log, match: '^ends at (\\d+)$', optional: true}
watch:
  progress: {in: stdout, match: '^number (?<done>\\d+)$', of: to}
checkpoint:
  ${checkpoint}
  restart: sh count.sh {to} {pause} {gate} {checkpoint}
`
