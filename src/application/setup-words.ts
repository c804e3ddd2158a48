/** The name under which the shell of a set-up knows itself; by it the set-up is told from the program it starts. */
const shellName = 'gridwrap-setup'

/**
 * The words that run a program behind the fixed lines of a set-up (`module load gromacs`): a shell reads them, and becomes the
 * program. Nothing of a caller is text for that shell: the words of the command are its arguments, and stay words.
 */
export function withSetup(setup: string | undefined, argv: readonly string[]): readonly string[] {
  if (setup === undefined) return argv
  const text = `${setup}
command -v "$1" >/dev/null 2>&1 || { echo "$1 is not found, also after the set-up" >&2; exit 127; }
exec "$@"`
  return ['/bin/sh', '-c', text, shellName, ...argv]
}

/** The program's own words, without those of a set-up. */
export const withoutSetup = (argv: readonly string[]): readonly string[] =>
  argv[3] === shellName ? argv.slice(4) : argv
