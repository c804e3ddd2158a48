/**
 * Whether the name of a state may stand in a command and in a written file, whoever chose it: no option, no blank, nothing
 * that a shell, a quote or a list file would make something of.
 */
export const isSafeState = (path: string): boolean =>
  path.length <= 400 && path.split('/').every(name => /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/.test(name))
