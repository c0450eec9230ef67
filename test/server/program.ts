import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** How a program ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const RUNTIME = ['--import', 'tsx', '--conditions=typhoon-source']
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A program that runs in a process group of its own, whose lines a test can wait for. */
export class Program implements AsyncDisposable {
  /** Settles when the program has ended and so have all that it started, since none has its output open any more. */
  readonly exited: Promise<Exit>
  readonly #child: ChildProcess
  readonly #lines: string[] = []
  readonly #errors: string[] = []
  #waiting: (() => void)[] = []
  #ended = false

  constructor(args: readonly string[], { env = {}, cwd = ROOT }: { env?: NodeJS.ProcessEnv; cwd?: string } = {}) {
    const stdio = ['ignore', 'pipe', 'pipe'] as const
    this.#child = spawn(process.execPath, [...RUNTIME, ...args], {
      cwd,
      detached: true,
      stdio: [...stdio],
      env: { ...process.env, ...env },
    })
    const outputs = [this.#read('stdout', []), this.#read('stderr', this.#errors)]
    this.exited = new Promise<Exit>((resolve) => {
      this.#child.once('exit', (code, signal) => resolve({ code, signal }))
    }).then(async (exit) => {
      await Promise.all(outputs)
      this.#ended = true
      this.#wake()
      return exit
    })
  }

  /** Starts a fixture of test/server/fixtures; `options` reach it as JSON. */
  static fixture(name: string, options: object = {}): Program {
    const file = fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
    return new Program([file], { env: { FIXTURE_OPTIONS: JSON.stringify(options) } })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** All that was written so far, standard output and standard error together. */
  get output(): string {
    return this.#lines.join('\n')
  }

  get errorOutput(): string {
    return this.#errors.join('\n')
  }

  /** Settles with the `count`-th line that matches; rejects with all that was written if the program ends without it. */
  async line(pattern: RegExp, count = 1): Promise<RegExpMatchArray> {
    for (;;) {
      const matches = this.lines(pattern)
      const match = matches[count - 1]
      if (match !== undefined) return match
      if (this.#ended) throw new Error(`no line ${count} matches ${pattern} in:\n${this.output}`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  lines(pattern: RegExp): RegExpMatchArray[] {
    return this.#lines.map((line) => line.match(pattern)).filter((match) => match !== null)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Sends a signal to the program and all processes that it started, as a terminal does. */
  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) this.signalGroup('SIGKILL')
    await this.exited
  }

  async #read(name: 'stdout' | 'stderr', copy: string[]): Promise<void> {
    const stream = this.#child[name]
    if (stream === null) return
    for await (const line of createInterface({ input: stream })) {
      this.#lines.push(line)
      copy.push(line)
      this.#wake()
    }
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
