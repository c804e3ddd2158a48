/** A text as one line of at most so many characters. */
export function inLine(text: string, most: number): string {
  const plain = text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/\p{Cs}/gu, '')
    .trim()
  return plain.length > most ? `${plain.slice(0, most - 3)}...` : plain
}

/** A name of a service as close to this one as there is: small letters, digits and -. */
export function serviceName(text: string, otherwise: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '')
  return name === '' ? otherwise : name
}

/** Braces mean nothing in a literal of a file. */
export const literalText = (text: string): string =>
  text.replace(/\{([A-Za-z][A-Za-z0-9_]*(?::[^{}\s]{1,20})?)\}/g, '{{$1}}')

/** A line that would be a condition in a file of ours, and has no other spelling: `[x? text]`. */
export const looksLikeCondition = (text: string): boolean => /^\s*\[!?[A-Za-z]\w*(?:=[^\s?\]]*)?\?(?:\s|\])/m.test(text)
