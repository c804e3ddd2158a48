import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDescription } from '../../../../src/application/description.ts'
import { importCHeader } from '../../../../src/application/importers/c-header/import-c-header.ts'
import type { Draft } from '../../../../src/application/importers/draft.ts'
import { writeDraft } from '../../../../src/application/importers/draft-yaml.ts'
import { readFortran } from '../../../../src/application/importers/fortran/declarations.ts'
import { importFortran } from '../../../../src/application/importers/fortran/import-fortran.ts'
import { needs } from '../../../support/peer.ts'

const isGood = (draft: Draft): void => void readDescription(writeDraft(draft, 'x'), 'application.yaml')

describe('Fortran', () => {
  const imported = (text: string, file = 'x.f90'): Draft => importFortran(text, file, 'libx.so', {})

  test('of today: what is given, what comes back, and how large it is', () => {
    const draft = imported(`
module m
  use iso_c_binding
contains
  subroutine lift(n, x, & ! a comment
                  y, alpha, cl) bind(C, name='panel_lift')
    integer(c_int), value :: n
    real(c_double), intent(in) :: x(n), y(n)
    real(c_double), value :: alpha
    real(c_double), intent(out) :: cl
  end subroutine lift
  real(c_double) function total(x) bind(C)
    real(c_double), value :: x
    total = x
  end function
  subroutine grid(n, m, a) bind(C)
    integer(c_int), value :: n, m
    real(c_float), intent(inout) :: a(n, m)
  end subroutine
end module`)
    expect(draft.operations).toEqual({
      lift: {
        symbol: 'panel_lift',
        arguments: {
          n: { c: 'int', value: 'size(x)' },
          x: 'double[n]',
          y: 'double[n]',
          alpha: 'double',
          cl: { c: 'double*', out: true },
        },
      },
      total: { arguments: { x: 'double' }, returns: 'double' },
      grid: { arguments: { n: 'int', m: 'int', a: { c: 'float[n,m]', inout: true, order: 'fortran' } } },
    })
    expect(draft.notes).toEqual([])
    isGood(draft)
  })

  test('of 1977, with what it does not say told', () => {
    const draft = imported(
      `C     the lift
      SUBROUTINE OLDLFT(N, X, Y,
     &  ALPHA, CL)
      INTEGER N
      DOUBLE PRECISION X(N), Y(N), ALPHA, CL
      CL = 0
      END
      REAL*8 FUNCTION G(K)
      G = K
      END
`,
      'x.f',
    )
    expect(draft.operations).toMatchObject({
      oldlft: {
        convention: 'fortran77',
        arguments: { n: { c: 'int', value: 'size(x)' }, x: 'double[n]', cl: 'double' },
      },
      g: { convention: 'fortran77', arguments: { k: 'int' }, returns: 'double' },
    })
    expect(draft.notes).toContain(
      'oldlft: n, x, y, alpha, cl: nothing says what of these comes back; add out: true, or inout: true, where it does',
    )
    expect(draft.notes).toContain('g: k is not declared; by its first letter it is integer')
    isGood(draft)
  })

  test('of a signature file of f2py', () => {
    const draft = imported(
      `python module lift
interface
subroutine panel_lift(n, x, cl)
  integer, intent(hide), depend(x) :: n = len(x)
  double precision, intent(in) :: x(n)
  double precision, intent(out) :: cl
end subroutine
end interface
end python module`,
      'lift.pyf',
    )
    expect(draft.operations).toEqual({
      panel_lift: {
        convention: 'fortran77',
        arguments: { n: { c: 'int', value: 'size(x)' }, x: 'double[n]', cl: { c: 'double', out: true } },
      },
    })
  })

  test('that no caller could call is left out, with the reason', () => {
    const { notes } = imported(`
subroutine a(c)
  character(len=*) :: c
end subroutine
subroutine b(x)
  real, intent(in) :: x(:)
end subroutine
subroutine c(f)
  real, external :: f
end subroutine
subroutine d(x)
  real, intent(in) :: x
end subroutine`)
    expect(notes).toEqual([
      'a is left out: c is character(len=*), which no caller of a service has.',
      'b is left out: the extent ":" of x is not said.',
      'c is left out: f is external.',
    ])
  })

  test('of any text is read, and never throws', () => {
    const word = fc.constantFrom(
      'subroutine a(x',
      ')',
      'real',
      ' :: x',
      '(',
      'end',
      '&',
      '\n',
      'intent(in)',
      ', ',
      '!',
      "'",
      '      ',
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), fc.boolean(), (words, fixed) => {
        readFortran(words.join(''), fixed)
      }),
    )
  })
})

describe.runIf(needs('ctags'))('a C header', () => {
  function imported(text: string): Draft {
    const folder = mkdtempSync(join(tmpdir(), 'gridwrap-header-'))
    try {
      writeFileSync(join(folder, 'x.h'), text)
      const words = ['--output-format=json', '--language-force=C', '--kinds-C=p', '--fields=+StK', '-f', '-']
      const tags = execFileSync('ctags', [...words, join(folder, 'x.h')], { encoding: 'utf8' })
      return importCHeader(tags, 'x.h', 'libx.so', {})
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  test('becomes calls, with every guess told', () => {
    const draft = imported(`
double dot(int n, const double *x, const double *y);
int solve(size_t n, double a[], double *restrict b, int *info);
int length(const char *text);
void rotate(const float m[9], float v[3]);
double frexp(double, int *);
void cb(void (*f)(int), struct s *p);
char *name(const char *who);
float wait(void);
`)
    expect(draft.operations).toEqual({
      dot: {
        arguments: { n: { c: 'int', value: 'size(x)' }, x: 'double[n]', y: 'double[n]' },
        returns: 'double',
      },
      solve: {
        arguments: {
          n: { c: 'size_t', value: 'size(a)' },
          a: { c: 'double[n]', inout: true },
          b: { c: 'double[n]', inout: true },
          info: { c: 'int*', out: true },
        },
        returns: 'int',
      },
      length: { arguments: { text: 'string' }, returns: 'int' },
      rotate: { arguments: { m: 'float[9]', v: { c: 'float[3]', inout: true } } },
      frexp: { arguments: { a1: 'double', a2: { c: 'int*', out: true } }, returns: 'double' },
      do_wait: { symbol: 'wait', returns: 'float' },
    })
    expect(draft.notes).toEqual(
      expect.arrayContaining([
        'dot: x is taken for an array of n elements',
        'solve: info is taken for a result',
        'cb is left out: it takes functions, or any number of arguments.',
        'name is left out: it returns char *.',
      ]),
    )
    isGood(draft)
  })
})
