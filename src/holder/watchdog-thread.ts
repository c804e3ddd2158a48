import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'

/** The thread of a Watchdog (watchdog.ts). */
const shared = workerData as Int32Array
for (;;) {
  const count = Atomics.load(shared, 0)
  if (count % 2 === 0) {
    Atomics.wait(shared, 0, count)
    continue
  }
  const milliseconds = Atomics.load(shared, 1)
  if (Atomics.wait(shared, 0, count, milliseconds) !== 'timed-out') continue
  writeSync(2, `gridwrap: the call did not return within ${milliseconds / 1000} s, and was ended\n`)
  process.kill(process.pid, 'SIGXCPU')
}
