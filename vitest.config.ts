import { defineConfig } from 'vitest/config'

const project = (name: string, timeout: number, parallel: boolean) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: timeout,
    hookTimeout: 120_000,
    fileParallelism: parallel,
  },
})

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      project('unit', 120_000, true),
      project('compliance', 60_000, true),
      project('integration', 60_000, false),
      project('interop', 120_000, false),
      project('faults', 240_000, false),
    ],
  },
})
