// Over 300 lines: one format, key by key, in the order of its manual.
import { describe, expect, it } from 'vitest'
import { readDescription } from '../../../src/application/description.ts'
import { applicationOf, described, problemsOf } from './sample-description.ts'

const one = (text: string) =>
  problemsOf(text).map(p => `${p.line}:${p.column} ${p.message}${p.hint === undefined ? '' : ` (${p.hint})`}`)
const of = (body: string) => one(described(body))

describe('a good description', () => {
  it('becomes the model, with defaults where nothing is said', () => {
    const application = applicationOf('command: prog {a}\ninputs: {a: file}\noutputs: {log: stdout}')
    expect(application).toMatchObject({
      name: 'sample',
      title: 'A sample',
      version: undefined,
      credential: 'none',
      network: false,
      sandbox: false,
      mpi: false,
      keep: undefined,
      files: [],
      rules: [],
      exit: [],
      watch: [],
      tests: [],
      limits: { time: undefined, memory: undefined },
    })
    expect(application.inputs).toMatchObject([{ name: 'a', type: 'file', optional: false, many: undefined }])
    expect(application.outputs).toMatchObject([{ name: 'log', source: { kind: 'stream', stream: 'stdout' } }])
    expect(application.command).toEqual([
      { kind: 'word', parts: [{ kind: 'literal', text: 'prog' }] },
      { kind: 'word', parts: [{ kind: 'value', name: 'a', format: undefined }] },
    ])
  })

  it('keeps what is written: a version of 1.10 is not 1.1, and 64 bits stay exact', () => {
    const application = applicationOf(
      'version: 1.10\ncommand: prog {n} {c}\ninputs: {n: {type: integer, default: 9007199254740993}, c: {type: choice, values: [0.50, 1], default: 0.50}}',
    )
    expect(application.version).toBe('1.10')
    expect(application.inputs[0]?.default).toBe(9007199254740993n)
    expect(application.inputs[1]).toMatchObject({
      default: '0.50',
      values: [
        { say: '0.50', word: '0.50' },
        { say: '1', word: '1' },
      ],
    })
  })

  it('reads every key', () => {
    const application = applicationOf(`version: 2
description: |
  Two
  lines
homepage: https://example.org/
cite: Somebody 1987
keywords: [a, b]
command: prog {x} {mode} [custom? {custom}] [-s {p}] [-s {q}]
version-command: prog --version
stdin: {template: 'go {x}', quote: fortran}
environment: {LC_ALL: C, N: 4}
files: [fixed.dat, {run.conf: 'X {x}'}, {run.json: {template: '{"x": {x}}', quote: json}}]
inputs:
  x: {type: number, range: 0.5..10, default: 1, unit: m, label: X, help: 'A length', advanced: true}
  mode: {type: choice, values: {fast: '1', custom: '2'}, default: fast}
  custom: {type: string, when: mode=custom, pattern: '[a-z]+', length: 1..8}
  p: {type: file, optional: true, format: fits, size: ..2MB}
  q: {type: file, optional: true, many: 1..4}
outputs:
  log: {file: stdout, help: What it said}
  frames: {files: 'frames/*.png', show: image, optional: true}
  results: {directory: out, optional: true}
  score: {type: number, from: log, match: 'Score: (\\S+)', which: last, unit: bits}
rules: [at most one of: [p, q]]
exit: {0: done, 3: no convergence, 64..78: {means: bad usage, cause: input}, SIGFPE: floating point error}
watch:
  progress: {in: stdout, match: '^step (?<done>\\d+)', of: x}
  success: {in: log, match: finished}
  error: [{in: stderr, match: '^E (.*)', cause: site}, {in: stderr, match: '^F (.*)'}]
limits: {time: 2h, memory: 4GB, disk: 1.5MiB, output: 10MB, processes: 8, cores: 2}
keep: 7d
credential: limited
network: true
tests: [{run: {mode: fast, p: {text: abc}}, expect: {score: 2.5, log: {contains: ok, size: ..1KB}}}, {run: {x: 99}, expect: {fails: input}}]`)
    expect(application.limits).toEqual({ time: 7200, memory: 4e9, disk: 1572864, output: 1e7, processes: 8, cores: 2 })
    expect(application.exit).toEqual([
      { code: { min: 0, max: 0 }, signal: undefined, means: 'done' },
      { code: { min: 3, max: 3 }, signal: undefined, means: 'no convergence' },
      { code: { min: 64, max: 78 }, signal: undefined, means: 'bad usage', cause: 'input' },
      { code: undefined, signal: 'SIGFPE', means: 'floating point error' },
    ])
    expect(application.watch.map(w => [w.verb, w.in, w.cause])).toEqual([
      ['progress', 'stdout', undefined],
      ['success', 'stdout', undefined],
      ['error', 'stderr', 'site'],
      ['error', 'stderr', undefined],
    ])
    expect(application.environment).toEqual({ LC_ALL: 'C', N: '4' })
    expect(application.versionCommand).toEqual(['prog', '--version'])
    expect(application.stdin?.quote).toBe('fortran')
    expect(application.files.map(file => `${file.kind} ${file.name}`)).toEqual([
      'copy fixed.dat',
      'written run.conf',
      'written run.json',
    ])
    expect(application.keep).toBe(604_800)
    expect(application.tests).toEqual([
      {
        run: { mode: 'fast', p: { text: 'abc' } },
        expect: { score: { equals: 2.5 }, log: { contains: 'ok', size: { min: undefined, max: 1000 } } },
        fails: undefined,
      },
      { run: { x: 99n }, expect: {}, fails: 'input' },
    ])
    expect(application.inputs.find(input => input.name === 'custom')).toMatchObject({
      when: { input: 'mode', negated: false, equals: 'custom' },
      length: { min: 1, max: 8 },
    })
  })

  it('lets standard input be a file of the caller', () => {
    expect(applicationOf('command: prog\nstdin: {from: deck}\ninputs: {deck: file}').stdinFrom).toBe('deck')
  })
})

describe("YAML's traps are explained", () => {
  it.each([
    [
      'command: prog {x}\ninputs: {x: {type: file, help: Images to co-add, in order}}',
      '5:50 "in order" became a key of its own: a comma inside { } needs quotes (write help: \'Images to co-add, in order\')',
    ],
    ['command: {x} prog', "4:10 a value that begins with { needs quotes (write '{x} prog')"],
    ['command: {x}', '4:10 command: a text is wanted here (a value that begins with { needs quotes)'],
    ['command: [x? -v] prog', "4:10 a value that begins with [ needs quotes (write '[x? -v] prog')"],
    [
      'command: prog {x}\ninputs: {x: {type: file, name: *.fits}}',
      '5:32 "*.fits" is a YAML alias, and aliases are not taken (a value that begins with * needs quotes: \'*.fits\')',
    ],
    ['command: prog\ncite: Smith: a study', "5:7 a colon followed by a blank needs quotes (write 'Smith: a study')"],
    ['command: prog\ncite: @home', "5:7 a value begins with @ (a value that begins with @ or ` needs quotes: '@home')"],
    ['command: prog\nnetwork: yes', '5:10 network: "yes" is neither true nor false (write true)'],
    ['command: prog\nnetwork: Off', '5:10 network: "Off" is neither true nor false (write false)'],
    ['command: prog\ncite:', '5:6 cite: the value is missing (write one after the colon, or leave the key out)'],
    ['command: prog\nlimits:\n\ttime: 3s', '6:1 a tab indents this line (YAML takes blanks only)'],
    ['command: prog\ncommand: other', '5:1 the key "command" is there twice (keep one of them)'],
    [
      'command: prog\nkeywords: &k [a]',
      '5:14 "&k" is a YAML anchor, and anchors are not taken (a value that begins with & needs quotes)',
    ],
    [
      'command: prog\nwatch: {error: {in: stderr, match: "^\\S+"}}',
      '5:38 a backslash inside "double quotes" begins an escape of YAML (use \'single quotes\' for expressions)',
    ],
  ])('%j', (body, expected) => {
    expect(of(body)).toContain(expected)
  })

  it('refuses tags, directives, merge keys and a second document', () => {
    expect(of('command: prog\ncite: !!str x').join()).toContain('tags are not taken')
    expect(one('%YAML 1.1\n---\ngridwrap: 1').join()).toContain('YAML directive')
    expect(of('command: prog\n<<: {name: other}').join()).toContain('has no key "<<"')
    expect(of('command: prog\n---\na: 1').join()).toContain('a second document begins here')
  })
})

describe('limits', () => {
  it.each([
    ['size', `gridwrap: 1\n# ${'x'.repeat(262_144)}`, 'more than 256 KiB'],
    ['brackets', '['.repeat(200_000), 'the brackets nest more than 16 deep'],
    ['lists', '- '.repeat(100_000), 'the lists nest more than 16 deep'],
    ['words', '}'.repeat(200_000), 'more than 30000 words of YAML'],
    [
      'nesting by indentation',
      Array.from({ length: 40 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      'nests more than 16 deep',
    ],
  ])('%s', (_, text, expected) => {
    expect(one(text).join()).toContain(expected)
  })

  it('tells at most fifty problems, in the order of their places', () => {
    const inputs = Array.from({ length: 80 }, (_, i) => `  x${i}: {type: nonsense}`).join('\n')
    const problems = problemsOf(described(`command: prog\ninputs:\n${inputs}`))
    expect(problems).toHaveLength(50)
    expect(problems.map(p => p.line)).toEqual(problems.map(p => p.line).toSorted((a, b) => a - b))
  })
})

describe('what is refused, with the place and the way out', () => {
  it.each([
    ['', '1:1 command is missing (write for example command: needle {a} {b} -outfile {alignment})'],
    ['comand: prog', '4:1 a description has no key "comand" (did you mean command?)'],
    ['command: prog > out', '4:15 command, column 6: ">" has no meaning here, no shell runs; name an output stdout'],
    [
      'command: prog {gapopn}\ninputs: {gapopen: {type: number}}',
      '4:15 command, column 6: {gapopn} names no input and no output (did you mean {gapopen}?)',
    ],
    [
      'command: prog\ninputs: {x: {type: number, default: 1}}',
      '5:10 inputs.x is used nowhere (write {x} in the command, a file or stdin)',
    ],
    [
      'command: prog {x}\ninputs: {x: {type: numbr}}',
      '5:20 inputs.x.type: "numbr" is not one of string, text, integer, number, boolean, choice, file, directory (did you mean number?)',
    ],
    [
      'command: prog {x}\ninputs: {x: {type: number, range: 10..1}}',
      '5:35 inputs.x.range: "10..1" is not understood (write range: 0.5..10, range: 0.. or range: ..1e6)',
    ],
    [
      'command: prog {x}\ninputs: {x: {type: number, range: 1..9, default: 10}}',
      '5:50 inputs.x.default: "10": must be 1 to 9',
    ],
    [
      'command: prog {x}\ninputs: {x: {type: file, range: 1..9}}',
      '5:33 inputs.x.range: a file has no range (range is of integer and number)',
    ],
    [
      'command: prog {x}\ninputs: {x: {type: choice}}',
      '5:20 inputs.x.type: a choice says what can be chosen (add values: [a, b])',
    ],
    [
      'command: prog [{x}]\ninputs: {x: {type: string, pattern: "(?=a)", optional: true}}',
      '5:37 inputs.x.pattern: expressions look neither ahead nor behind (RE2 syntax); match the text around it',
    ],
    [
      'command: prog {lambda}\ninputs: {lambda: number}',
      '5:10 inputs: "lambda" is a reserved word in a language of the callers (Java, Python, C, C#, PHP); write for example lambda_',
    ],
    [
      'command: prog {status}\ninputs: {status: number}',
      '5:10 inputs: "status" is kept for gridwrap\'s own use in every message; write status_',
    ],
    [
      'command: prog {a_b} {AB}\ninputs: {a_b: number, AB: number}',
      '5:23 the name "AB" differs from "a_b" only in case or _ (give one of them another name)',
    ],
    [
      "command: prog {x}\ninputs: {x: {type: directory, join: ','}}",
      '5:37 inputs.x.join: a directory is one word (leave join out)',
    ],
    [
      'command: prog\noutputs: {x: {file: a, create: true}}',
      '5:32 outputs.x.create: only a directory is made beforehand (leave create out)',
    ],
    [
      'command: prog\noutputs: {x: ../etc/passwd}',
      '5:14 outputs.x.file: "../etc/passwd" is no file name (write a name inside the work directory: letters, digits and . _ + - in it, such as result.txt)',
    ],
    [
      'command: prog\noutputs: {x: "dump.*"}',
      '5:14 outputs.x.file: "dump.*" is no file name (for several files write {files: \'dump.*\'})',
    ],
    [
      'command: prog\noutputs: {x: {from: y, match: "a(b)"}}',
      '5:11 outputs.x.from: no output is called "y" (from names an output)',
    ],
    [
      'command: prog\noutputs: {l: stdout, x: {from: l, match: "a"}}',
      '5:42 outputs.x.match: the expression has 0 groups (put the value, and nothing else, in ( ); other brackets are (?: ))',
    ],
    [
      'command: prog\nexit: {999: no}',
      '5:8 exit: "999" is no exit code, range of codes or signal (write 3, 64..78 or SIGFPE)',
    ],
    [
      'command: prog\nlimits: {time: fast}',
      '5:16 limits.time: "fast" is not understood (write time: 90s, time: 30m or time: 2h)',
    ],
    [
      'command: prog\nlimits: {gpus: 2}',
      '5:10 limits.gpus is not taken yet (this version of gridwrap cannot do it yet; leave the key out)',
    ],
    [
      'command: prog\nsession: {send: x}',
      '5:17 session.send: {cell} is missing in it (it is the name of the file with the code)',
    ],
    [
      "command: prog\nsession: {send: '{cell} {marker}', idle: 5m}",
      '5:42 session.idle: a session that is not saved cannot sleep (say save, load and state)',
    ],
    [
      "command: prog\nsession: {send: '{cell} {marker}', save: s}",
      '5:42 session.save: save and load go together (say both, or none)',
    ],
    [
      "command: prog\nsession: {send: '{cell} {marker}', error: '^error'}",
      "5:43 session.error: it needs one group (put what the error says in ( ): '^error: (.*)')",
    ],
    [
      "command: prog\nstdin: x\nsession: {send: '{cell} {marker}'}",
      '5:8 stdin: a session has none (leave it out: a session says so under session)',
    ],
    [
      "command: prog\nsession: {send: '{cell} {marker}'}\noperations: {evaluate: {code: x}}",
      '6:14 operations: "evaluate" is an operation of every session or job',
    ],
    [
      "command: prog\nsession: {send: '{cell} {marker}'}\noperations: {f: {code: '{x}'}}",
      '6:25 operations.f.code, line 1: {x} names no input and no output (add x under inputs or outputs; a plain brace is written {{x}})',
    ],
    [
      "command: prog\nsession: {send: '{cell} {marker}'}\noperations: {f: {code: x, outputs: {o: stdout}}}",
      "6:37 operations.f.outputs.o: the stdout of a session goes on and on (read a value out of what the call prints: {from: stdout, match: '(.*)'})",
    ],
    [
      "command: prog\nsession: {send: '{cell} {marker}'}\ntests: [{run: {code: x}}]",
      '6:9 tests, number 1: operation is missing (say one of evaluate)',
    ],
    [
      "command: prog {x}\ninputs: {x: integer}\nsession: {send: '{cell} {marker}'}\ntests: [{operation: evaluate, run: {code: x}, expect: {}}, {operation: submit, run: {x: 1}}]",
      '7:72 tests, number 2.operation: the calls of all tests are of one session, which is open by now (make it the first)',
    ],
    [
      "command: prog {x}\ninputs: {x: integer}\nsession: {send: '{cell} {marker}'}\ntests: [{operation: submit, run: {y: 1}}]",
      '7:35 tests, number 1: no input is called "y" (did you mean x?)',
    ],
    ['library: x.so', '4:10 library: which of its routines are called is missing (say so under operations)'],
    [
      'library: a/x.so\noperations: {f: {}}',
      '4:10 library: "a/x.so" is no name of a library (write for example library: liblift.so)',
    ],
    ['library: x.so\ncommand: prog\noperations: {f: {}}', '5:10 command: a library has none (leave it out)'],
    [
      "library: x.so\noperations: {f: {arguments: {x: 'complex[n]'}}}",
      "5:33 operations.f.arguments.x.c: \"complex[n]\" is no type of an argument (write one of int, long, long long, size_t, short, float, double, string; double* by reference; 'double[n]' or 'double[n,m]' for arrays)",
    ],
    [
      "library: x.so\noperations: {f: {arguments: {x: 'double[n]'}}}",
      '5:30 operations.f.arguments.x: no argument is called "n"',
    ],
    [
      'library: x.so\noperations: {f: {arguments: {x: {c: int, out: true}}}}',
      '5:37 operations.f.arguments.x.c: a value cannot come back (write int* for one that is handed over by reference)',
    ],
    [
      "library: x.so\noperations: {f: {arguments: {n: {c: int*, out: true}, x: {c: 'int[n]'}}}}",
      '5:55 operations.f.arguments.x: n is known only after the call',
    ],
    [
      'library: x.so\noperations: {f: {arguments: {n: {c: int, value: sizeof(x)}}}}',
      '5:49 operations.f.arguments.n.value: "sizeof(x)" is no number and no size (write for example value: size(x))',
    ],
    [
      'command: prog\ncheckpoint: {}',
      "5:13 checkpoint.state is missing (name the files that a restart needs, such as state: 'restart.*')",
    ],
    [
      "command: prog\ncheckpoint: {state: '/etc/*'}",
      "5:21 checkpoint.state: this names no files of the work directory (write a name, a pattern such as 'restart.*', or {directory: name})",
    ],
    [
      'command: prog\ncheckpoint: {state: s, how: signal KILL}',
      '5:29 checkpoint.how: "signal KILL" is no way to ask for a checkpoint (write itself, signal USR1 (one of HUP, INT, QUIT, USR1, USR2, TERM, ALRM) or file STOP)',
    ],
    [
      'command: prog\ncheckpoint: {state: s, stops: true}',
      '5:31 checkpoint.stops: a program that is not asked does not end for it (leave stops out, or say how it is asked)',
    ],
    [
      'command: prog {checkpoint}\ncheckpoint: {state: s}',
      '4:15 command, column 6: checkpoint may have no value, and then its word would be missing (write [-option {checkpoint}], or give checkpoint a default)',
    ],
    [
      'command: prog {checkpoint}\ninputs: {checkpoint: file}\ncheckpoint: {state: s}',
      '6:13 the name "checkpoint" is there twice, as an input and as an output (give one of them another name)',
    ],
    [
      'command: prog\noperations: {}',
      '5:13 operations: only a session has operations (say under session how the interpreter is spoken to)',
    ],
    [
      'command: prog\ntests: [{run: {}, interrupt: true}]',
      '5:30 tests, number 1.interrupt: nothing goes on after it (leave it out, or say under checkpoint how the program goes on)',
    ],
    ['command: prog {n}\ninputs: {n: integer}\ntests: [{run: {}}]', '6:9 tests, number 1: n is missing'],
    [
      'command: prog {n}\ninputs: {n: integer}\ntests: [{run: {m: 1}}]',
      '6:16 tests, number 1: no input is called "m" (did you mean n?)',
    ],
    [
      'command: prog\nwatch: {progress: {in: stdout, match: "(\\\\d+)%"}}',
      '5:39 watch.progress.match: the groups of progress have names (write (?<done>\\d+), (?<total>\\d+), (?<percent>\\d+) or (?<message>.*))',
    ],
    [
      'command: prog\nfiles: [/etc/passwd]',
      '5:9 files: "/etc/passwd" is no file name (a relative name: letters, digits and . _ + - in it, beginning with a letter, a digit or _)',
    ],
    [
      'command: prog\nfiles: [a.dat]\noutputs: {a: a.dat}',
      '6:11 outputs.a: a.dat is the file a.dat already (give the output another file)',
    ],
    [
      'command: prog {p} {q}\ninputs: {p: file, q: file}\nrules: [one of: [p, q]]',
      '6:17 rules.one of: p is always given (say optional: true at p)',
    ],
    [
      'command: prog {x}\nenvironment: {A: "{x}"}\ninputs: {x: number}',
      '5:18 environment.A: variables are fixed and hold no values (hand the value over in the command or in a file)',
    ],
  ])('%j', (body, expected) => {
    expect(of(body)).toContain(expected)
  })

  it('names the line inside a file that is written, counted as an editor does', () => {
    expect(of('command: prog\nfiles:\n  - run.conf: |\n      A 1\n      B {nothing}\ninputs: {}')).toEqual([
      '8:9 files.run.conf, line 2: {nothing} names no input and no output (add nothing under inputs or outputs; a plain brace is written {{nothing}})',
    ])
  })

  it('tells all problems at once', () => {
    expect(
      of('command: prog | {y}\ninputs: {x: {type: number, rang: 1..2}}\nlimits: {memory: 4 apples}').length,
    ).toBeGreaterThanOrEqual(3)
  })

  it('is no description at all', () => {
    for (const text of ['', '42', '- a', '# nothing', 'null'])
      expect(one(text)).toEqual(['1:1 this is no description (begin with the line gridwrap: 1)'])
    expect(() => readDescription('gridwrap: 2\nname: a\ntitle: b\ncommand: c', 'f')).toThrow(
      'f:1:11: gridwrap: version "2" of the format is not known (write gridwrap: 1)',
    )
  })
})
