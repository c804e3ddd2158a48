/** A literal as (part of) a word of a command template: in quotes where it would mean something there. */
export function quoteLiteral(text: string): string {
  if (/^[A-Za-z0-9_.,:=+@%/-]+$/.test(text)) return text
  if (text === '') return "''"
  return text
    .split("'")
    .map(part => (part === '' ? '' : `'${part}'`))
    .join(`"'"`)
}
