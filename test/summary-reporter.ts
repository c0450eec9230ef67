import type { SerializedError } from 'vitest'
import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node'

/** Ends the run with `N passed, N failed, N skipped`, counting files and hooks that could not run as failures. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[], reason: TestRunEndReason): void {
    const count = { passed: 0, failed: 0, skipped: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        count[state === 'pending' ? 'skipped' : state] += 1
      }
      const suites = [...module.children.allSuites()]
      count.failed += module.errors().length + suites.reduce((sum, suite) => sum + suite.errors().length, 0)
    }
    count.failed += errors.length
    if (reason === 'failed' && count.failed === 0) count.failed = 1
    const line = `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`
    process.once('exit', () => console.log(line))
  }
}
