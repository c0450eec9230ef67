/**
 * What a sub-command is: its options as data, so that parsing, help and hints for misspelt words are written once.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { nearest } from './nearest.ts'

/** Where a command writes. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
}

/** An option of a command. */
interface CommandOption {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  /** Whether it can be given more than once, which makes a list of its values. */
  readonly multiple?: true
  /** How the value is called in the help, such as `<port>`. */
  readonly value?: string
  readonly help: string
}

export type OptionValue = string | boolean | readonly string[] | undefined

/** What was given on the command line: the options by name, and the words that are no options. */
export interface CommandInput {
  readonly options: Readonly<Record<string, OptionValue>>
  readonly operands: readonly string[]
  /** What stands behind `--`. */
  readonly rest: readonly string[]
}

export interface Command {
  readonly name: string
  readonly summary: string
  /** What follows the name, such as `[dir] [options]`. */
  readonly usage: string
  /** How many operands there must and may be. */
  readonly operands: readonly [least: number, most: number]
  readonly options: Readonly<Record<string, CommandOption>>
  /** Paragraphs at the end of the help. */
  readonly notes?: string
  /** @returns the exit code */
  run(input: CommandInput, terminal: Terminal): Promise<number>
}

/** The command line makes no sense: exit code 2. */
export class UsageError extends Error {
  static {
    this.prototype.name = 'UsageError'
  }
}

/** The command cannot do what it was asked for; the message is for people, without a stack: exit code 1. */
export class CommandError extends Error {
  static {
    this.prototype.name = 'CommandError'
  }
}

const HELP: CommandOption = { type: 'boolean', short: 'h', help: 'show this help' }

/** @throws {@link UsageError} for what the command does not have, with the nearest thing that it has */
export function parseCommandLine(command: Command, args: readonly string[]): CommandInput {
  const options: Record<string, CommandOption> = { ...command.options, help: HELP }
  const end = args.indexOf('--')
  const given = end < 0 ? args : args.slice(0, end)
  const config = { args: [...given], options: parserOptions(options), allowPositionals: true } satisfies ParseArgsConfig
  checkNames(config, options)
  try {
    const { values, positionals } = parseArgs(config)
    const input = {
      options: values as CommandInput['options'],
      operands: positionals,
      rest: end < 0 ? [] : args.slice(end + 1),
    }
    if (input.options['help'] !== true) checkOperands(command, positionals)
    return input
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError((error as Error).message.split(/\.?\n|\. /)[0], { cause: error }) // its hints speak of the API
  }
}

/** The help of one command. */
export function describeCommand(command: Command): string {
  const rows = Object.entries({ ...command.options, help: HELP }).map(([name, option]) => {
    const short = option.short === undefined ? '    ' : `-${option.short}, `
    return [`${short}--${name}${option.value === undefined ? '' : ` ${option.value}`}`, option.help] as const
  })
  const notes = command.notes === undefined ? '' : `\n${command.notes}\n`
  return `Usage: typhoon ${command.name} ${command.usage}\n\n${command.summary}\n\nOptions:\n${columns(rows)}${notes}`
}

/** The value of an option that takes one. */
export function text(value: OptionValue): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** @throws {@link UsageError} for anything but a whole number from 0 to `max` */
export function wholeNumber(name: string, value: OptionValue, byDefault: number, max: number): number {
  if (typeof value !== 'string') return byDefault
  const number = Number(value)
  if (/^\d{1,10}$/.test(value) && number <= max) return number
  throw new UsageError(`--${name} must be a whole number from 0 to ${max}, got ${value}`)
}

/** Two columns, indented. */
export function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('')
}

function parserOptions(options: Readonly<Record<string, CommandOption>>): NonNullable<ParseArgsConfig['options']> {
  const entries = Object.entries(options).map(([name, { type, short, multiple = false }]) => {
    return [name, short === undefined ? { type, multiple } : { type, multiple, short }] as const
  })
  return Object.fromEntries(entries)
}

function checkNames(config: ParseArgsConfig, options: Readonly<Record<string, CommandOption>>): void {
  const { tokens } = parseArgs({ ...config, strict: false, tokens: true })
  const shorts = new Set(Object.values(options).map(({ short }) => short))
  for (const token of tokens) {
    if (token.kind !== 'option' || Object.hasOwn(options, token.name)) continue
    if (token.rawName.startsWith('--')) throw new UsageError(unknown('option', token.rawName, longNames(options)))
    if (!shorts.has(token.name)) throw new UsageError(`unknown option ${token.rawName}`)
  }
}

function longNames(options: object): string[] {
  return Object.keys(options).map((name) => `--${name}`)
}

/** Says that there is no such word, and which one was perhaps meant. */
export function unknown(kind: string, word: string, known: readonly string[]): string {
  const meant = nearest(word, known)
  return `unknown ${kind} ${word}${meant === undefined ? '' : `; did you mean ${meant}?`}`
}

function checkOperands({ operands: [least, most], usage, name }: Command, given: readonly string[]): void {
  if (given.length < least) throw new UsageError(`something is missing: typhoon ${name} ${usage}`)
  if (given.length > most) throw new UsageError(`too many arguments: ${given.slice(most).join(' ')}`)
}
