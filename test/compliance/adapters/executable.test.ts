import { createExecutableAdapter } from '../../../src/adapters/executable/executable-adapter.ts'
import { runAdapterSuite } from './run-adapter-suite.ts'

runAdapterSuite('executable', () => createExecutableAdapter())
