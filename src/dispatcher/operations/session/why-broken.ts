import type { Evaluation } from '../../../holder/session-protocol.ts'

/** Why an evaluation was broken off, for whoever called it. */
export const whyBroken = ({ broken, seconds }: Evaluation): string =>
  broken === 'timeout' ? `interrupted after ${Math.round(seconds)} s` : 'interrupted'
