/** A session of Python, which every machine has that runs these tests. */
export const pythonSession = (name: string, more = ''): string => `
gridwrap: 1
name: ${name}
title: A Python session
command: python3 -u repl.py
files:
  - repl.py: |
      import sys
      def run(cell, marker):
          try:
              exec(compile(open(cell).read(), 'cell', 'exec'), globals())
          except Exception as error:
              print(f'error: {type(error).__name__}: {{error}}', file=sys.stderr)
          print(marker, flush=True)
      def save():
          import pickle
          kept = {k: v for k, v in globals().items() if isinstance(v, (int, float, str, list))}
          pickle.dump(kept, open('session.pickle', 'wb'))
      def load():
          import pickle
          globals().update(pickle.load(open('session.pickle', 'rb')))
      while True:
          try:
              line = sys.stdin.readline()
              if not line: break
              exec(line)
          except KeyboardInterrupt:
              pass
session:
  send: run("{cell}", "{marker}")
  error: '^error: (.*)'
  save: save()
  load: load()
  state: session.pickle
  timeout: 20s
${more}
operations:
  add:
    title: Adds to a running sum
    inputs:
      numbers: {type: number, many: 1..100, join: ','}
      note: {type: string, default: none}
    quote: json
    code: |
      total = globals().get('total', 0) + sum([{numbers}])
      note = {note}
      print('total', total)
      print('note', note)
    outputs:
      total: {type: number, from: stdout, match: '^total (\\S+)$'}
      said: {type: string, from: stdout, match: '^note (.*)$'}
  ${name}: {code: pass}
  upper:
    inputs: {words: file}
    code: |
      open('upper.txt', 'w').write(open('{words}').read().upper())
    outputs: {upper: upper.txt}
`
