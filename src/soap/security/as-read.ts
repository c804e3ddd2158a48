/**
 * The same document for a reader that takes these two characters for ends of lines, as XML 1.1 has it and XML 1.0 has not:
 * references to characters are taken for what they are.
 */
export const asRead = (text: string): string => text.replaceAll('\u0085', '&#x85;').replaceAll('\u2028', '&#x2028;')
