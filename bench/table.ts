import type { Growth } from './memory.ts'
import { inALine, type Share } from './profile.ts'
import type { Comparison } from './row.ts'

/** Markdown: ratios first, and what was measured behind them. */
export const comparisonTable = (comparisons: readonly Comparison[]): string =>
  table(
    [
      'row',
      'beside',
      'rate ratio',
      'time ratio (p50)',
      'processor ratio',
      'rate: gridwrap / beside',
      'p50 ms',
      'processor ms',
      'where gridwrap’s time goes',
    ],
    comparisons.map(({ row, beside, ratio, gridwrap, other, where }) => [
      row,
      beside,
      number(ratio.perSecond),
      number(ratio.p50Ms),
      number(ratio.processorMs),
      `${number(gridwrap.perSecond)} / ${number(other.perSecond)} a second`,
      `${number(gridwrap.p50Ms)} / ${number(other.p50Ms)}`,
      `${number(gridwrap.processorMs)} / ${number(other.processorMs)}`,
      where,
    ]),
  )

export const growthTable = (growths: readonly Growth[]): string =>
  table(
    ['while this goes through the front end', 'growth ÷ bytes', 'growth of resident memory', 'at rest'],
    growths.map(({ what, bytes, resting, growth }) => [
      what,
      number(growth / bytes),
      `${mebibytes(growth)} MiB`,
      `${mebibytes(resting)} MiB`,
    ]),
  )

/** The largest shares of a profile, both ways of counting side by side. */
export const sharesTable = (charged: readonly Share[], self: readonly Share[], most: number): string =>
  table(
    ['', 'file of ours, with what Node does for it', 'file whose own code ran'],
    Array.from({ length: most }, (_, i) => [String(i + 1), inALine(charged.slice(i), 1), inALine(self.slice(i), 1)]),
  )

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')

const mebibytes = (bytes: number): string => String(Math.round(bytes / 1024 / 1024))

/** Three digits that mean something. */
export const number = (value: number): string =>
  value >= 100 ? String(Math.round(value)) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
