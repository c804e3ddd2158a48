/** Tells the supervisor, and through it the other side, that something changed. A hint that is lost costs a poll. */
export const sendHint = (): void => void process.send?.('hint', undefined, undefined, () => undefined)
