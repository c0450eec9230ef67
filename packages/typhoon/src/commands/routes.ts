import type { Command, CommandInput, Terminal } from '../command.ts'
import { type LoadedApplication, loadApplication } from '../load-application.ts'

/** `typhoon routes`: the route table of an application. */
export const routes: Command = {
  name: 'routes',
  summary: 'Print the route table of an application',
  usage: '<module>',
  operands: [1, 1],
  options: {},
  notes: `The module has to export its Application, as default or as "app". It is imported, so a module that also listens should do so
only when it is the program: keep app.run() in a file of its own, such as server.ts.

Rules are tried from top to bottom. Warnings, such as about a rule that can never match, are written by the logger of the application.`,
  run,
}

async function run({ operands: [module = ''] }: CommandInput, terminal: Terminal): Promise<number> {
  const rows = rowsOf(await loadApplication(module))
  terminal.out(
    rows.length === 0 ? 'The application has no rules.\n' : table(['place', 'pattern', 'target', 'name'], rows),
  )
  return 0
}

type Row = readonly [place: string, pattern: string, target: string, name: string]

/** The rules of an application, and of those that are mounted in it, as they see paths from outside. */
function rowsOf(app: LoadedApplication, place = '', prefix = '', hosts: readonly string[] = []): Row[] {
  return app.routes.flatMap((entry): Row[] => {
    const here = `${place}${entry.place}`
    const own = entry.conditions.flatMap((condition) => (condition.type === 'host' ? [condition.host.source] : []))
    const all = [...hosts, ...own]
    const { target } = entry
    if (target.kind === 'application') {
      const mounted = target.application as unknown as LoadedApplication // whatever is mounted has a table, too
      return rowsOf(mounted, `${here}.`, prefix + entry.prefix, all)
    }
    return [[here, [...all, prefix + entry.source].join(' '), nameOf(target), entry.name ?? '']]
  })
}

function nameOf(target: Exclude<LoadedApplication['routes'][number]['target'], { kind: 'application' }>): string {
  if (target.kind === 'handler') return target.handler.name || '(anonymous class)'
  return target.kind === 'node' ? `Node listener ${target.listener.name}`.trimEnd() : 'fetch handler'
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `${cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()}\n`
  return [head, ...rows].map(line).join('')
}
