/**
 * A contest: several servers, one at a time under the same load, round by round.
 *
 * Contenders are interleaved within a round, and ratios are formed within a round, so that what else the machine does
 * meets all of them alike. The measure is CPU time of the whole server process per answer, taken by the operating system;
 * requests per second depend on who else wants the cores.
 */
import type { Table } from './table.ts'

/** What `npm run bench` was told. */
export interface Settings {
  /** Contenders to run; undefined for all. The baseline is always among them. */
  readonly only: readonly string[] | undefined
  /** Scenarios to run; undefined for all. */
  readonly scenarios: readonly string[] | undefined
  readonly rounds: number
  /** Seconds under load for each contender in each round. */
  readonly seconds: number
  /** The Node.js that the servers run on. */
  readonly node: string
  /** Really install packages where an area measures that. */
  readonly install: boolean
}

/** An area of `npm run bench -- <name>`: one file in `areas/`, listed in `main.ts`. */
export interface Area {
  readonly name: string
  readonly title: string
  readonly scenarios: readonly Scenario[]
}

/** One table of the report. Most are made by `contest()`; `run` may do anything else that gives a table. */
export interface Scenario {
  /** In lower case with hyphens: for `--scenario` and as the key in `docs/benchmarks.md`. */
  readonly name: string
  readonly title: string
  /** Names that `--only` may give. */
  readonly contenders?: readonly string[]
  run(settings: Settings): Promise<Table>
}

/** A server to measure. It listens on 127.0.0.1 and the port in the environment variable `PORT`. */
export interface Contender {
  readonly name: string
  /** A program for Node.js, relative to `bench/`, such as `contenders/http/koa.mjs`. */
  readonly file?: string
  /** In place of `file`: the command and its arguments, with the port filled in; undefined where it is not installed. */
  readonly command?: (port: number) => readonly string[] | undefined
  /** What the table says in place of figures where `command` finds nothing. */
  readonly missing?: string
  /** Added to the environment, beside `PORT` and `NODE_ENV=production`. */
  readonly env?: Readonly<Record<string, string>>
  /** The packages from `bench/package.json` that it uses; their versions go into the report. */
  readonly packages?: readonly string[]
  /** The version, where it is no package, for instance of nginx. */
  readonly version?: () => string | undefined
}

/** A contender that runs. */
export interface RunningServer {
  readonly name: string
  readonly pid: number
  readonly port: number
  /** CPU time of the process, all its threads and its children so far, in microseconds. */
  cpuTime(): Promise<number>
  /** Resident memory, in bytes: now and at its highest. */
  memory(): Promise<{ rss: number; peak: number }>
}

/** What happened in one round. */
export interface Sample {
  /** Answers, or messages delivered: what CPU time is divided by. */
  readonly count: number
  readonly seconds: number
  /** Latency in milliseconds. */
  readonly p50?: number
  readonly p99?: number
  /** More columns by their title, for instance the CPU share of the load client; the table has their medians. */
  readonly extra?: Readonly<Record<string, number>>
}

/** Clients that are connected to a server. CPU time is counted during `run()` only. */
export interface Load {
  run(seconds: number): Promise<Sample>
  close(): Promise<void>
}

export interface Contest {
  readonly name: string
  readonly title: string
  /** One or two sentences: what is asked and what is answered. */
  readonly note: string
  /** What is counted, for the heading of the table. @defaultValue `'request'` */
  readonly unit?: 'request' | 'message'
  readonly contenders: readonly Contender[]
  /** The name of the contender that the others are compared with. */
  readonly baseline: string
  /** Asks the server once. @throws if the answer is not what every contender has to give: a wrong one is not measured */
  verify(server: RunningServer): Promise<void>
  /** Connects the clients. Called for each contender in each round, and once before the first for warming up. */
  connect(server: RunningServer): Promise<Load>
}

export { contest } from './run-contest.ts'
