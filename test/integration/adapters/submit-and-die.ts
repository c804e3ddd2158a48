// Submits the attempt given as JSON and is killed so many milliseconds later, as a keeper may be at any moment.
import type { AttemptSpec } from '../../../src/adapters/adapter.ts'
import { createExecutableAdapter } from '../../../src/adapters/executable/executable-adapter.ts'

const [json = '', ms = '0'] = process.argv.slice(2)
void createExecutableAdapter().submit(JSON.parse(json) as AttemptSpec)
setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(ms))
