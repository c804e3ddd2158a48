/** The name under which the shell of a set-up knows itself; by it the set-up is told from the program it starts. */
const shellName = 'gridwrap-setup'
const shell = ['/bin/sh', '-c'] as const

/**
 * The words that run a program behind the fixed lines of a set-up (`module load gromacs`): a shell reads them, and becomes the
 * program. Nothing of a caller is text for that shell: the words of the command are its arguments, and stay words. The lines
 * read nothing, and what they print is no output of the program; when the last of them fails, the program is not started.
 */
export function withSetup(setup: string | undefined, argv: readonly string[]): readonly string[] {
  if (setup === undefined) return argv
  const text = `{
${setup}
} </dev/null >&2 || { echo "The set-up failed, and $1 was not started" >&2; exit 127; }
command -v "$1" >/dev/null 2>&1 || { echo "$1 is not found, also after the set-up" >&2; exit 127; }
exec "$@"`
  return [...shell, text, shellName, ...argv]
}

/** The program's own words, without those of a set-up. */
export const withoutSetup = (argv: readonly string[]): readonly string[] =>
  argv[0] === shell[0] && argv[1] === shell[1] && argv[3] === shellName ? argv.slice(4) : argv
