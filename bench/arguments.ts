/** The command line of `npm run bench`. */
import { resolve } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import type { Area, Settings } from './contest.ts'

/** Something on the command line is not understood; the message says what would be. */
export class UsageError extends Error {
  static {
    this.prototype.name = 'UsageError'
  }
}

export interface Arguments {
  readonly area: Area
  readonly settings: Settings
  /** Build Typhoon first. */
  readonly build: boolean
  /** Write the tables to the document, if they are good enough. */
  readonly write: boolean
}

const OPTIONS = {
  only: { type: 'string' },
  scenario: { type: 'string' },
  rounds: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '2' },
  node: { type: 'string', default: process.execPath },
  'no-install': { type: 'boolean', default: false },
  'no-build': { type: 'boolean', default: false },
  'no-write': { type: 'boolean', default: false },
} as const

/** @throws {@link UsageError} */
export function parseArguments(args: readonly string[], areas: readonly Area[]): Arguments {
  const { values, positionals } = parse(args)
  const area = areas.find(({ name }) => name === positionals[0])
  if (area === undefined || positionals.length > 1) {
    throw new UsageError(
      `usage: npm run bench -- ${areas.map(({ name }) => name).join('|')} [options], see bench/README.md`,
    )
  }
  return {
    area,
    build: !values['no-build'],
    write: !values['no-write'],
    settings: {
      only: contenders(area, list(values.only?.toLowerCase())),
      scenarios: scenarios(area, list(values.scenario)),
      rounds: positive('rounds', values.rounds, Number.isInteger),
      seconds: positive('seconds', values.seconds, Number.isFinite),
      node: values.node.includes('/') ? resolve(values.node) : values.node,
      install: !values['no-install'],
    },
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function list(text: string | undefined): readonly string[] | undefined {
  return text?.split(',').filter((name) => name !== '')
}

function contenders(area: Area, names: readonly string[] | undefined): readonly string[] | undefined {
  if (area.scenarios.some((scenario) => scenario.contenders === undefined)) return names
  const known = new Set(area.scenarios.flatMap(({ contenders: all = [] }) => all.map((name) => name.toLowerCase())))
  const unknown = names?.find((name) => !known.has(name))
  if (unknown === undefined) return names
  throw new UsageError(`${area.name} has no contender ${unknown}; it has ${[...known].join(', ')}`)
}

function scenarios(area: Area, names: readonly string[] | undefined): readonly string[] | undefined {
  const known = area.scenarios.map(({ name }) => name)
  const unknown = names?.find((name) => !known.includes(name))
  if (unknown === undefined) return names
  throw new UsageError(`${area.name} has no scenario ${unknown}; it has ${known.join(', ')}`)
}

function positive(name: string, text: string, isRight: (value: number) => boolean): number {
  const value = Number(text)
  if (isRight(value) && value > 0) return value
  throw new UsageError(`--${name} must be a number above 0, got ${text}`)
}
