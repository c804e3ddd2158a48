import { number, table } from '../table.ts'
import type { Comparison } from './compare.ts'

/** Markdown: ratios first, and what was measured behind them. */
export const gridFtpTable = (comparisons: readonly Comparison[]): string =>
  table(
    ['transfer', 'ours is the', 'time ratio', 'processor ratio', 'seconds: ours / globus', 'rate: ours / globus'],
    comparisons.map(({ row: { name, amount, unit }, ours, ratio, own, globus }) => [
      name,
      ours,
      number(ratio.time),
      number(ratio.processor),
      `${number(own.time)} / ${number(globus.time)}`,
      `${number(amount / own.time)} / ${number(amount / globus.time)} ${unit}`,
    ]),
  )
