// An authorization adapter of a site's own: outside its hours, nobody starts anything new. In gridwrap.yaml:
//
//   authorize: [{module: ./open-hours.mjs, options: {from: 8, until: 18}}, {gridmap: ./grid-mapfile}, owner]
//
// It only denies: who may do something is for the adapters after it to say. docs/authorization.md describes the
// interface; test/compliance/authorization runs its tests over this file, and would over yours.

const creates = new Set(['service.submit'])

/** @param {{from: number, until: number, clock?: () => Date}} options hours of the day, UTC */
export default function openHours({ from, until, clock = () => new Date() }) {
  for (const hour of [from, until])
    if (!Number.isInteger(hour) || hour < 0 || hour > 24) throw new Error(`open-hours: ${hour} is no hour of the day.`)
  return {
    name: 'open-hours',
    decide({ action }) {
      const hour = clock().getUTCHours()
      if (!creates.has(action) || (hour >= from && hour < until)) return { effect: 'abstain', rule: 'open' }
      return { effect: 'deny', rule: `closed: it is ${hour} o'clock UTC, and jobs are taken from ${from} to ${until}` }
    },
  }
}
