import { constants } from 'node:os'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** A signal that asks a server to stop. */
export type StopSignal = (typeof SIGNALS)[number]

/**
 * Settles with the first signal that asks to stop. A second one ends the process at once, with the exit code that shells
 * expect (128 and the signal's number).
 *
 * @param beforeExit - called when the second signal has come
 */
export function onStopSignal(beforeExit: () => void = () => {}): Promise<StopSignal> {
  return new Promise((resolve) => {
    let stopping = false
    const receive = (signal: StopSignal) => {
      if (stopping) {
        beforeExit()
        process.exit(128 + constants.signals[signal])
      }
      stopping = true
      resolve(signal)
    }
    for (const signal of SIGNALS) process.on(signal, () => receive(signal))
  })
}

const IDLE_GRACE = 1000 // ms

/**
 * How long connections without a request are kept when a server stops, in milliseconds, so that a request which is on its way
 * is not lost. Somebody at a terminal need not wait for that.
 */
export function graceFor(signal: StopSignal | undefined): number {
  const isAtTerminal = signal === 'SIGINT' || process.env['WATCH_REPORT_DEPENDENCIES'] !== undefined // set by node --watch
  return isAtTerminal ? 0 : IDLE_GRACE
}
