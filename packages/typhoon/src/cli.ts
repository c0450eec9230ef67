/**
 * The typhoon command: finds the sub-command and turns its outcome into an exit code (0 done, 1 failed, 2 not understood).
 */
import { readFileSync } from 'node:fs'
import {
  type Command,
  CommandError,
  columns,
  describeCommand,
  parseCommandLine,
  type Terminal,
  UsageError,
  unknown,
} from './command.ts'
import { dev } from './commands/dev.ts'
import { fetch } from './commands/fetch.ts'
import { routes } from './commands/routes.ts'
import { serve } from './commands/serve.ts'

const COMMANDS: readonly Command[] = [serve, dev, routes, fetch]

/**
 * Runs the command line.
 *
 * @param args - without the names of the programs
 * @returns the exit code
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(args, terminal)
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.err(`typhoon: ${error.message}\nTry: typhoon --help\n`)
      return 2
    }
    if (!(error instanceof CommandError)) throw error
    terminal.err(`typhoon: ${error.message}\n`)
    return 1
  }
}

function dispatch(args: readonly string[], terminal: Terminal): Promise<number> | number {
  const [word, ...rest] = args
  if (word === undefined) {
    terminal.err(overview())
    return 2
  }
  if (word === '--version' || word === '-v') return print(terminal, `${version()}\n`)
  if (word === '--help' || word === '-h' || (word === 'help' && rest.length === 0)) return print(terminal, overview())
  if (word === 'help') return print(terminal, describeCommand(find(rest[0] ?? '')))
  const command = find(word)
  const input = parseCommandLine(command, rest)
  return input.options['help'] === true ? print(terminal, describeCommand(command)) : command.run(input, terminal)
}

function find(word: string): Command {
  const command = COMMANDS.find(({ name }) => name === word)
  if (command !== undefined) return command
  const names = COMMANDS.map(({ name }) => name)
  throw new UsageError(
    unknown(word.startsWith('-') ? 'option' : 'command', word, [...names, 'help', '--help', '--version']),
  )
}

function print(terminal: Terminal, text: string): number {
  terminal.out(text)
  return 0
}

function overview(): string {
  const rows = COMMANDS.map(({ name, summary }) => [name, summary] as const)
  return `Usage: typhoon <command> [options]

Commands:
${columns(rows)}
Options:
${columns([
  ['-h, --help', 'show this help, or that of a command: typhoon serve --help'],
  ['-v, --version', 'show the version'],
])}`
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return version
}
