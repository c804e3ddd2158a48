import { medianOf } from '../load-job.ts'
import type { Row, Subject } from './rows.ts'
import type { Taken } from './stand.ts'

/** Ours over Globus', the median of the rounds' ratios; what was measured is the median too. */
export interface Comparison {
  readonly row: Row
  /** Which end was ours. */
  readonly ours: string
  readonly ratio: Taken
  readonly own: Taken
  readonly globus: Taken
}

/**
 * Measures all rows, round by round: within a round everything is measured once, ours and Globus' one after the other,
 * so that what else the machine does meets both.
 */
export async function compare(
  rows: readonly Row[],
  rounds: number,
  say: (text: string) => void,
): Promise<readonly Comparison[]> {
  const taken = new Map<Subject, Taken[]>()
  say('Warming up ...')
  for (const row of rows)
    for (const subject of subjects(row)) {
      await subject.move('tenth')
      taken.set(subject, [])
    }
  for (let round = 1; round <= rounds; round++)
    for (const row of rows) {
      say(`Round ${round} of ${rounds}: ${row.name} ...`)
      for (const subject of subjects(row)) taken.get(subject)?.push(await subject.move('whole'))
    }
  const of = (subject: Subject): readonly Taken[] => taken.get(subject) ?? []
  return rows.flatMap(row =>
    row.ours.map(subject => ({
      row,
      ours: subject.name,
      ratio: middle(of(subject).map((own, n) => over(own, of(row.globus)[n] ?? own))),
      own: middle(of(subject)),
      globus: middle(of(row.globus)),
    })),
  )
}

const subjects = ({ ours: [first, ...more], globus }: Row): readonly Subject[] =>
  first === undefined ? [globus] : [first, globus, ...more]

const over = (a: Taken, b: Taken): Taken => ({ time: a.time / b.time, processor: a.processor / b.processor })

const middle = (all: readonly Taken[]): Taken => ({
  time: medianOf(all.map(({ time }) => time)),
  processor: medianOf(all.map(({ processor }) => processor)),
})
