import { type LoadResult, medianOf } from './load-job.ts'

/** What one measurement of one subject gave. */
export interface Figures {
  readonly perSecond: number
  readonly p50Ms: number
  /** Milliseconds of processor time for one request or run, in the processes that serve it. */
  readonly processorMs: number
}

export interface Subject {
  readonly name: string
  measure(count: number): Promise<LoadResult>
}

/** One row of the table: gridwrap beside what does the least that could do for the same. */
export interface Row {
  readonly name: string
  readonly count: number
  readonly gridwrap: Subject
  readonly beside: readonly Subject[]
  /** Where gridwrap's time goes, in a line; asked for after all rounds. */
  readonly where: (figures: readonly LoadResult[]) => Promise<string>
}

/** gridwrap's figures over another's, the median of the rounds' ratios; what was measured is the median too. */
export interface Comparison {
  readonly row: string
  readonly beside: string
  readonly gridwrap: Figures
  readonly other: Figures
  readonly ratio: Figures
  readonly where: string
}

/**
 * Measures all rows, round by round: within a round everything is measured once, gridwrap and what is beside it one
 * after the other, so that what else the machine does meets both.
 */
export async function compare(
  rows: readonly Row[],
  rounds: number,
  say: (text: string) => void,
): Promise<readonly Comparison[]> {
  const results = new Map<Subject, LoadResult[]>()
  for (const row of rows)
    for (const subject of [row.gridwrap, ...row.beside]) {
      await subject.measure(Math.ceil(row.count / 2))
      results.set(subject, [])
    }
  for (let round = 1; round <= rounds; round++) {
    say(`Round ${round} of ${rounds} ...`)
    for (const row of rows)
      for (const subject of [row.gridwrap, ...row.beside]) results.get(subject)?.push(await subject.measure(row.count))
  }
  const comparisons: Comparison[] = []
  for (const row of rows) {
    const own = results.get(row.gridwrap) ?? []
    const where = await row.where(own)
    for (const [i, subject] of row.beside.entries()) {
      const gridwrap = own.map(figuresOf)
      const other = (results.get(subject) ?? []).map(figuresOf)
      comparisons.push({
        row: row.name,
        beside: subject.name,
        gridwrap: middle(gridwrap),
        other: middle(other),
        ratio: middle(gridwrap.map((figures, n) => over(figures, other[n] ?? figures))),
        where: i === 0 ? where : '',
      })
    }
  }
  return comparisons
}

const figuresOf = ({ count, seconds, p50Ms, processor }: LoadResult): Figures => ({
  perSecond: count / seconds,
  p50Ms,
  processorMs: processor.reduce((sum, { own, reaped }) => sum + own + reaped, 0) / count,
})

const each = (make: (name: keyof Figures) => number): Figures => ({
  perSecond: make('perSecond'),
  p50Ms: make('p50Ms'),
  processorMs: make('processorMs'),
})

const over = (a: Figures, b: Figures): Figures => each(name => a[name] / b[name])
const middle = (all: readonly Figures[]): Figures => each(name => medianOf(all.map(figures => figures[name])))
