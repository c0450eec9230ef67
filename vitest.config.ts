import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const conditions = ['typhoon-source']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    reporters: ['default', './test/summary-reporter.ts'],
    testTimeout: 15_000,
    // most tests wait for sockets and processes, so two at a time pay on a small machine, too
    maxWorkers: Math.max(2, availableParallelism() - 1),
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.test-d.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
    },
    projects: [
      { extends: true, test: { name: 'unit', include: ['packages/*/src/**/*.test.ts', 'bench/**/*.test.ts'] } },
      { extends: true, test: { name: 'system', include: ['test/**/*.test.ts'], exclude: ['test/browser/**'] } },
      {
        // what goes over the wire, once more without the shorter way of engine/lean-messages.ts
        extends: true,
        test: {
          name: 'documented',
          include: ['test/core/**/*.test.ts', 'test/server/{admission,compression,drain,limits,limits-body}.test.ts'],
          env: { TYPHOON_LEAN_RESPONSE: 'off' },
        },
      },
      {
        extends: true,
        test: { name: 'browser', include: ['test/browser/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
      },
    ],
  },
})
