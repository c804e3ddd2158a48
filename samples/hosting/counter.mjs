// A counter for everybody: `hosted: [./counter.mjs]` in gridwrap.yaml, then `gridwrap call https://HOST/hosted/counter add by=2`.

class Counter {
  constructor({ properties }) {
    this.properties = properties
  }

  get total() {
    return BigInt(this.properties.get('total') ?? '0')
  }

  add({ by }) {
    this.properties.set('total', String(this.total + by))
    return this.total
  }
}

export default {
  name: 'counter',
  title: 'Counts what it is told to count',
  portTypes: [
    {
      name: 'Counting',
      operations: { add: { takes: { by: 'integer' }, gives: 'integer', repeatable: true } },
      serviceData: { total: 'integer' },
    },
  ],
  service: Counter,
}
