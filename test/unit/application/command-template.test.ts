import { describe, expect, it } from 'vitest'
import { parseCommand } from '../../../src/application/command-template.ts'
import type { Values } from '../../../src/application/model.ts'
import { planRun } from '../../../src/application/run-plan.ts'
import { applicationOf, described, problemsOf } from './sample-description.ts'

const inputs = `inputs:
  s: {type: string, optional: true}
  t: {type: string, pattern: '[^,]*', default: tea}
  flag: {type: boolean, default: false}
  mode: {type: choice, values: {fast: '-O3', slow: -O0}, default: slow}
  items: {type: string, many: 0..9, optional: true}
  joined: {type: number, many: 2..3, join: ',', optional: true}
  file: {type: file, optional: true}
files: [{uses: '{s}{t}{flag}{mode}{joined}{file}'}, {more: '{items}'}]
outputs: {result: out.txt, log: stdout, frames: {files: 'f*.png', optional: true}, score: {from: log, match: '(.)'}}`

const argv = (command: string, values: Values = {}): readonly string[] =>
  planRun(applicationOf(`command: ${JSON.stringify(command)}\n${inputs}`), {
    t: 'tea',
    flag: false,
    mode: 'slow',
    ...values,
  }).argv

const refusals = (command: string): string[] =>
  problemsOf(described(`command: ${JSON.stringify(command)}\n${inputs}`)).map(
    p => `${p.message}${p.hint === undefined ? '' : ` (${p.hint})`}`,
  )

describe('words', () => {
  it.each<[string, Values, string[]]>([
    ['prog {t}', {}, ['prog', 'tea']],
    ['prog  a\tb\n c', {}, ['prog', 'a', 'b', 'c']],
    ['prog x={t}.dat', {}, ['prog', 'x=tea.dat']],
    ["prog 'a | b {t}' \"c {t} d\" ''", {}, ['prog', 'a | b {t}', 'c tea d', '']],
    ['prog {t}', { t: 'a b; rm -rf / \'" $HOME `id` \\ *' }, ['prog', 'a b; rm -rf / \'" $HOME `id` \\ *']],
    ['prog {t}', { t: '--help' }, ['prog', '--help']],
    ['prog {t}', { t: '../../etc/passwd' }, ['prog', '../../etc/passwd']],
    ['prog {t}', { t: 'line\nline' }, ['prog', 'line\nline']],
    ['prog {t}', { t: '' }, ['prog', '']],
    ['prog [-s {s}] end', {}, ['prog', 'end']],
    ['prog [-s {s}] end', { s: 'x' }, ['prog', '-s', 'x', 'end']],
    ['prog [flag? -v] [!flag? -q]', {}, ['prog', '-q']],
    ['prog [flag? -v] [!flag? -q]', { flag: true }, ['prog', '-v']],
    ['prog [mode=fast? {mode}]', { mode: 'fast' }, ['prog', '-O3']],
    ['prog [mode=fast? {mode}]', {}, ['prog']],
    ['prog [-i {items}]...', { items: ['a', 'b'] }, ['prog', '-i', 'a', '-i', 'b']],
    ['prog [-i x{items}y {t}]...', { items: ['a', 'b'] }, ['prog', '-i', 'xay', 'tea', '-i', 'xby', 'tea']],
    ['prog [-i {items}]...', {}, ['prog']],
    ['prog [{items}]', { items: ['a b', 'c'] }, ['prog', 'a b', 'c']],
    ['prog [-c {joined}] [-d={joined}]', { joined: [1.5, 2, -3e-9] }, ['prog', '-c', '1.5,2,-3e-9', '-d=1.5,2,-3e-9']],
    ['prog [s? -a [flag? -b {t}]]', { s: 'x', flag: true }, ['prog', '-a', '-b', 'tea']],
    ['prog [-a {t} [-b {s}]]', {}, ['prog', '-a', 'tea']],
    [
      'prog [-f {file}] -o {result}',
      { file: { file: { kind: 'text', text: '' }, name: '/x/--evil;.dat' } },
      ['prog', '-f', 'file.dat', '-o', 'out.txt'],
    ],
  ])('%s %j', (command, values, expected) => {
    expect(argv(command, values)).toEqual(expected)
  })
})

describe('refusals say the column and the way out', () => {
  it.each([
    [
      'prog | less',
      'command, column 6: "|" has no meaning here, no shell runs; a program whose output goes into another needs a script of its own, shipped under files',
    ],
    ['prog &', 'command, column 6: "&" has no meaning here'],
    ['prog; ls', 'command, column 5: ";" has no meaning here'],
    ['prog < in', 'command, column 6: "<" has no meaning here, no shell runs; say what the program reads under stdin'],
    ['prog > out', 'command, column 6: ">" has no meaning here, no shell runs; name an output stdout'],
    ['prog $HOME', 'command, column 6: "$" has no meaning here'],
    ['prog `id`', 'command, column 6: "`" has no meaning here'],
    ['prog *.fits', 'command, column 6: "*" has no meaning here'],
    ['prog ~/x', 'command, column 6: "~" has no meaning here'],
    ['prog # x', 'command, column 6: "#" has no meaning here'],
    ['prog !x', 'command, column 6: "!" has no meaning here'],
    ['prog a\\ b', 'command, column 7: "\\" has no meaning here'],
    ["prog 'abc", "command, column 6: the quote ' is never closed"],
    ['prog "abc', 'command, column 6: the quote " is never closed'],
    ['prog {', 'command, column 6: "{" begins the name of an input or output'],
    ['prog {t:5d}', 'command, column 6: "{t:5d}": column formats are for files'],
    ['prog }', 'command, column 6: "}" ends nothing'],
    ['prog ]', 'command, column 6: "]" ends nothing'],
    ['prog a[1]', 'command, column 7: "[" begins an optional part only where a word begins'],
    ['prog [-s {s}', 'command, column 6: "[" is never closed'],
    ['prog [-s {s}]x', 'command, column 14: after "]" comes a blank, not "x"'],
    ['prog [flag?-v]', 'command, column 7: a blank is missing after "[flag?"'],
    ['prog []', 'command, column 6: the group is empty'],
    ['prog [-v]', 'command, column 6: a group without a condition and without the value of an input is always there'],
    ['prog [flg? -v]', 'command, column 6: no input is called "flg" (did you mean flag?)'],
    ['prog [mode=quick? -v]', 'command, column 6: mode is never "quick"; it is one of fast, slow'],
    ['prog [items=a? -v]', 'command, column 6: items is a list'],
    [
      'prog {s}',
      'command, column 6: s may have no value, and then its word would be missing (write [-option {s}], or give s a default)',
    ],
    ['prog [-x{items}]', 'command, column 9: items is a list and stands inside a word'],
    ['prog [-s {s}]...', 'command, column 6: the repeated group holds no list'],
    ['{t} x', 'command, column 1: the program itself is chosen by a value'],
    ['[flag? a] x', 'command, column 1: the program itself is chosen by a value'],
    ["''", 'command, column 1: the name of the program is empty'],
    ['prog {log}', 'command, column 6: log is the stdout of the program and has no file name'],
    ['prog {frames}', 'command, column 6: frames is every file like f*.png'],
    ['prog {score}', 'command, column 6: score is a value read out of log'],
    ['prog [a [b [c [d [e {s}]]]]]', 'groups nest at most 4 deep'],
    ['', 'command, column 1: the command is empty'],
  ])('%s', (command, expected) => {
    expect(refusals(command).join('\n')).toContain(expected)
  })

  it.each([
    'sh -c "echo {t}"',
    "bash -lc 'echo '{t}",
    '/bin/sh -ec {t}',
    'perl -e "print {t}"',
    'perl -ne {t}',
    'python3 -c "print({t})"',
    'python3.11 -c {t}',
    'env A=1 sh -c {t}',
    'timeout 10 bash -c "{t}"',
    'busybox sh -c {t}',
    'awk "{t}" x',
    'gawk -F , {t}',
    'sed -e {t}',
    'sed {t}',
    'octave-cli --eval "{t}"',
    'octave-cli --eval={t}',
    'Rscript -e {t}',
    'node --eval {t}',
    'sh [flag? -c {t}]',
  ])('%s holds a value in program text', command => {
    expect(refusals(command).join()).toContain('where a caller could write program')
  })

  it.each([
    'sh script.sh {t}',
    'sh -c \'prog "$1"\' sh {t}',
    'awk -f prog.awk -v x={t}',
    "awk '{print $1}' {t}",
    'python3 prog.py {t}',
    'perl -w prog.pl {t}',
    'env A=1 prog -c {t}',
    'prog -c {t}',
  ])('%s hands the value over as data', command => {
    expect(refusals(command)).toEqual([])
  })

  it('names every problem of a command, and ends whatever is nested in it', () => {
    expect(parseCommand('prog | > $x').problems.map(p => p.column)).toEqual([6, 8, 10])
    expect(parseCommand('['.repeat(8000)).problems.length).toBeGreaterThan(0)
    expect(parseCommand('x'.repeat(9000)).problems[0]?.message).toContain('8192')
  })
})
