/** Text of others, to be shown on a terminal: what would move its cursor, or speak to it, becomes U+FFFD. */
export const printable = (text: string): string => text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, '\uFFFD')
