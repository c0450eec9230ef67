/** How far a download has come, in one line of a terminal that is written over and over. */
import type { DownloadProgress } from '@typhoon/client'

interface BarTerminal {
  readonly columns?: number
  write(text: string): unknown
}

const INTERVAL = 100 // ms
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

export class ProgressBar {
  readonly #terminal: BarTerminal
  #start: DownloadProgress & { readonly time: number } = { received: 0, total: undefined, time: 0 }
  #last: DownloadProgress | undefined
  #drawn = 0

  constructor(terminal: BarTerminal) {
    this.#terminal = terminal
  }

  update(progress: DownloadProgress): void {
    const now = performance.now()
    if (this.#last === undefined || progress.received < this.#last.received) this.#start = { ...progress, time: now }
    this.#last = progress
    if (now - this.#drawn >= INTERVAL) this.#draw(progress, now)
  }

  /** Draws the last state, and leaves the line. */
  end(): void {
    if (this.#last === undefined) return
    this.#draw(this.#last, performance.now())
    this.#terminal.write('\n')
  }

  #draw(progress: DownloadProgress, now: number): void {
    this.#drawn = now
    const speed = ((progress.received - this.#start.received) * 1000) / Math.max(now - this.#start.time, 1)
    const { columns = 0 } = this.#terminal // 0 as well if the terminal does not know
    this.#terminal.write(`\r${progressLine(progress, speed, columns > 0 ? columns : 80)}\x1b[K`)
  }
}

/**
 * @param speed - in bytes per second
 * @param width - of the terminal, whose last column stays free, since some go to the next line after it
 */
export function progressLine({ received, total }: DownloadProgress, speed: number, width: number): string {
  const rate = `${size(speed)}/s`
  if (total === undefined) return `${size(received)}  ${rate}`.slice(0, Math.max(width - 1, 0))
  const share = total === 0 ? 1 : Math.min(received / total, 1)
  const text = `${String(Math.floor(share * 100)).padStart(3)}%  ${size(received)} of ${size(total)}  ${rate}`
  const room = Math.min(width - 1 - text.length - 3, 40) // brackets and a space
  if (room < 5) return text.slice(0, Math.max(width - 1, 0))
  return `[${'#'.repeat(Math.floor(share * room)).padEnd(room, '.')}] ${text}`
}

function size(bytes: number): string {
  const power = Math.min(Math.max(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), 0), UNITS.length - 1)
  const value = bytes / 1024 ** power
  return `${power === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`
}
