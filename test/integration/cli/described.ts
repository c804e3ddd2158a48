/** A program of a few lines with what the command line is tried with: text, numbers, choices, files, failures, waiting. */
export const greet = `
gridwrap: 1
name: greet
title: Says hello
command: sh greet.sh {who} {times} [{note}]
inputs:
  who: {type: string, help: Whom to greet}
  times: {type: integer, range: 1..5, default: 1}
  pause: {type: number, range: 0..600, default: 0}
  mode: {type: choice, values: [plain, fancy, broken], default: plain}
  note: {type: file, optional: true}
files:
  - greet.sh: |
      echo "begun"
      sleep {pause}
      i=0; while [ $i -lt $2 ]; do echo "hello $1"; i=$((i+1)); done
      case {mode} in broken) echo "the fancy hat is torn" >&2; exit 3;; esac
      if [ -n "$3" ]; then wc -c < "$3" > size.txt; else echo 0 > size.txt; fi
outputs:
  said: stdout
  size: size.txt
  bytes: {type: integer, from: size, match: '([0-9]+)'}
  last: {type: string, from: said, match: '^hello (.*)$', which: last}
exit: {3: it is broken}
tests:
  - {run: {who: Ada, times: 2}, expect: {last: Ada, said: {contains: hello Ada}}}
  - {run: {who: Ada, mode: broken}, expect: {fails: program}}
`
