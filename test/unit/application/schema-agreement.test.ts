import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type Schema, violations } from './json-schema.ts'
import { described, problemsOf } from './sample-description.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const schema = JSON.parse(readFileSync(join(root, 'schema/application.schema.json'), 'utf8')) as Schema
const invalid = (text: string): string[] => violations(schema, parse(text))

const shipped = readdirSync(join(root, 'services'), { withFileTypes: true }).filter(entry => entry.isDirectory())

/** Good to both. Between them they use every key and every form of it. */
const good: readonly string[] = [
  'command: prog',
  'command: prog\nversion: 1.10\nkeywords: [a, 2]\nhomepage: http://example.org/\ncite: x\ndescription: |\n  a\n  b',
  'command: prog\nsetup: |\n  . ./env.sh\n  module load x',
  'command: prog\nversion-command: prog -V\nnetwork: false\nsandbox: true\nlimits: {mpi: true, cores: 2}\ncredential: full\nkeep: 4w',
  'command: prog {x} {y}\ninputs: {x: directory, y: {type: directory, many: 2..5, size: ..1MB}}',
  'command: prog {a} {b} {c} {d} {e}\ninputs: {a: string, b: text, c: integer, d: number, e: file}\nstdin: "{a}"',
  'command: prog {x}\nstdin: {from: x}\ninputs: {x: {type: file, format: fits, size: ..1GB, name: in.fits}}',
  "command: prog [{x}]...\nstdin: {template: hello, quote: none}\ninputs: {x: {type: file, many: 1..9, name: '*.fits', optional: true, help: h, label: l}}",
  "command: prog {x} [y? {y}] [{z}]\ninputs: {x: {type: number, range: 0.., unit: m, default: 1}, y: {type: choice, values: {a: 1, b: '2'}, default: a, advanced: true}, z: {type: string, pattern: '[a-z]+', length: 1..3, when: y=b}}",
  'command: prog {x}\ninputs: {x: {type: integer, many: true, join: ",", default: [1, 2]}}',
  'command: prog\nenvironment: {A: b, N: 1}\nfiles: [a.txt, sub/b.txt, {c.txt: x}, {d.json: {template: "{}", quote: json}}]',
  "command: prog\noutputs: {a: out.txt, b: {file: stderr, help: h, optional: true, format: f, unit: u, show: plot}, c: {files: 'x*.png'}, d: {directory: out, create: true}, e: {from: a, match: '(.)', type: number, which: last}, f: {from: a, match: '(.)', many: true}}",
  "command: prog\nexit: {0: done, 64..78: {means: bad, cause: input}, SIGFPE: x}\nwatch: {progress: [{in: stdout, match: '(?<done>.)', of: 5}], error: {in: stderr, match: E, cause: site}, success: {in: stdout, match: ok}, warning: {in: stdout, match: W}}",
  'command: prog\nlimits: {time: 1.5h, memory: 1GiB, disk: 5 GB, output: 1MB, processes: 2, cores: 1}',
  'command: prog [{a}] [{b}]\ninputs: {a: {type: string, optional: true}, b: {type: string, optional: true}}\nrules: [one of: [a, b]]',
  "command: prog {f} {n}\ninputs: {f: file, n: integer}\noutputs: {l: stdout, v: {from: l, match: '(.)'}}\ntests: [{run: {f: {text: abc}, n: 5}, expect: {l: {contains: x, size: 1..5}, v: a}}, {run: {f: a.txt, n: 1}, expect: {fails: input}}]",
  "command: prog [{checkpoint}]\ncheckpoint: {state: 'restart.*'}",
  'command: prog\ncheckpoint: {state: [a.chk, {directory: out}, "b*"], how: signal USR1, stops: false, restart: "prog {checkpoint}", automatic: 3}\ntests: [{run: {}, interrupt: true, expect: {}}]',
  'command: prog\ncheckpoint: {state: a.chk, how: file STOP, stops: true}',
  "library: libx.so\nfiles: [libx.so]\noperations: {f: {title: t, help: h, symbol: f_, convention: fortran77, arguments: {n: {c: int, value: size(x)}, m: {c: long, range: 1..5, default: 2, help: h, unit: u}, x: {c: 'double[n]', order: c, as: file}, y: {c: 'float[n,2*m]', inout: true}, i: {c: int*, out: true, fails: nonzero}, s: string}, returns: {c: int, name: code, fails: negative, help: h}, timeout: 5m}, g: {returns: double}}\ntests: [{operation: g, run: {}, expect: {result: 1}}]",
  "command: prog\nsession: {send: '{cell}{marker}', error: '(.)', save: s, load: l, state: [a, {directory: b}], idle: 5m, timeout: 10s}\noperations: {f: {title: t, help: h, inputs: {x: number}, outputs: {y: {from: stdout, match: '(.)'}, z: out.txt}, code: 'f({x})', quote: json, timeout: 5s}}\ntests: [{operation: f, run: {x: 1}, expect: {y: a}}]",
]

/** Bad to both, for the form alone. */
const bad: readonly string[] = [
  '',
  'command: [a, b]',
  'command: {a: b}',
  'comand: prog',
  'command: prog\nsession: {send: [x]}',
  "command: prog\nsession: {send: '{cell}{marker}', timeout: long}",
  "command: prog\nsession: {send: '{cell}{marker}'}\noperations: {f: {inputs: {}}}",
  'command: prog\noperations: []',
  'command: prog\nsetup: [a]',
  'command: prog\nlibrary: x\noperations: {f: {}}',
  'library: x.so\noperations: {f: {arguments: [x]}}',
  'library: x.so\noperations: {f: {arguments: {x: {value: 5}}}}',
  'library: x.so\noperations: {f: {convention: pascal}}',
  'command: prog\ncheckpoint: {}',
  'command: prog\ngroups: {a: [b]}',
  'command: prog\nkeep: for ever',
  'command: prog\ncheckpoint: {state: s, how: KILL}',
  'command: prog\ncheckpoint: {state: [{file: s}]}',
  'command: prog\ncheckpoint: {state: s, automatic: often}',
  'command: prog\nnetwork: 1',
  'command: prog\ncredential: all',
  'command: prog\nhomepage: ftp://example.org',
  'command: prog\nkeywords: word',
  'command: prog {x}\ninputs: {x: nonsense}',
  'command: prog {x}\ninputs: {x: {help: no type}}',
  'command: prog {x}\ninputs: {x: {type: file, colour: red}}',
  'command: prog {x}\ninputs: {x: {type: number, range: 5}}',
  'command: prog {x}\ninputs: {x: {type: number, many: 3}}',
  'command: prog {x}\ninputs: {x: {type: number, many: 1..3, join: ", "}}',
  'command: prog {x}\ninputs: {x: {type: file, name: a/b}}',
  'command: prog {x}\ninputs: {x: {type: choice, values: []}}',
  'command: prog {x}\ninputs: {x: {type: number, optional: "maybe"}}',
  'command: prog {x-y}\ninputs: {x-y: number}',
  'command: prog\noutputs: {a: {file: x, create: true}}',
  'command: prog\noutputs: {a: /etc/passwd}',
  'command: prog\noutputs: {a: {file: ../x}}',
  'command: prog\noutputs: {a: {}}',
  'command: prog\noutputs: {a: {file: x, files: "y*"}}',
  'command: prog\noutputs: {a: {file: x, match: y}}',
  'command: prog\noutputs: {a: {file: x, show: video}}',
  'command: prog\nwatch: {progress: {match: x}}',
  'command: prog\nwatch: {done: {in: stdout, match: x}}',
  'command: prog\nexit: {never: x}',
  'command: prog\nexit: {3: {cause: input}}',
  'command: prog\nlimits: {time: 5}',
  'command: prog\nlimits: {cores: many}',
  'command: prog\nlimits: {gpus: 1}',
  'command: prog\nlimits: {memory: 4 apples}',
  'command: prog\nfiles: [/etc/passwd]',
  'command: prog\nfiles: [{a: b, c: d}]',
  'command: prog\nfiles: [{a.txt: {quote: json}}]',
  'command: prog\nenvironment: {a-b: c}',
  'command: prog\nrules: [some of: [a, b]]',
  'command: prog\nrules: [one of: [a]]',
  'command: prog\ntests: [{expect: {}}]',
  'command: prog\ntests: [{run: {}, interrupt: 3}]',
]

describe('the published schema and the reader agree', () => {
  it.each(shipped.map(entry => entry.name))('services/%s is good to both', name => {
    const text = readFileSync(join(root, 'services', name, 'application.yaml'), 'utf8')
    expect(problemsOf(text)).toEqual([])
    expect(invalid(text)).toEqual([])
  })
  it.each(good)('%j is good to both', body => {
    expect(problemsOf(described(body))).toEqual([])
    expect(invalid(described(body))).toEqual([])
  })
  it.each(bad)('%j is bad to both', body => {
    expect(problemsOf(described(body)).length).toBeGreaterThan(0)
    expect(invalid(described(body)).length).toBeGreaterThan(0)
  })
  it('name the same keys', () => {
    const keys = Object.keys(schema['properties'] as Schema)
    for (const key of keys) {
      if (key === 'gridwrap' || key === 'name' || key === 'title') continue
      expect(problemsOf(described(`${key}: {}`)).filter(p => p.message.includes('has no key'))).toEqual([])
    }
    const used = new Set(good.flatMap(body => Object.keys(parse(described(body)) as object)))
    expect(keys.filter(key => !used.has(key))).toEqual([])
  })
})
