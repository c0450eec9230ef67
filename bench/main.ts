/** `npm run bench -- <area>`: measures one area, prints its tables, and writes them to `docs/benchmarks.md`. */
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { area as http } from './areas/http.ts'
import { area as router } from './areas/router.ts'
import { area as startup } from './areas/startup.ts'
import { area as staticFiles } from './areas/static.ts'
import { area as websocket } from './areas/websocket.ts'
import { type Arguments, parseArguments, UsageError } from './arguments.ts'
import type { Area } from './contest.ts'
import { type Block, emptyDocument, withBlock } from './document.ts'
import { machine, nodeVersion } from './machine.ts'
import { buildTyphoon, installPeers } from './prepare.ts'
import { markdownTable, type Table } from './table.ts'

const AREAS: readonly Area[] = [http, staticFiles, websocket, startup, router]
const DOCUMENT = new URL('../docs/benchmarks.md', import.meta.url)
const ENOUGH_ROUNDS = 5 // for figures that may be quoted

try {
  await main(parseArguments(process.argv.slice(2), AREAS))
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = 1
}

async function main({ area, settings, build, write }: Arguments): Promise<void> {
  installPeers()
  if (build) buildTyphoon()
  const version = nodeVersion(settings.node)
  console.log(`${area.title}: Node.js ${version}, ${machine()}`)
  for (const scenario of area.scenarios) {
    if (settings.scenarios !== undefined && !settings.scenarios.includes(scenario.name)) continue
    const table = await scenario.run(settings)
    const text = describe(table, version)
    console.log(`\n${table.title}\n\n${text}`)
    if (!write || settings.only !== undefined || settings.rounds < ENOUGH_ROUNDS) continue
    keep({ area: area.name, scenario: scenario.name, node: Number.parseInt(version, 10), text })
  }
}

function describe(table: Table, version: string): string {
  const versions = [`Node.js ${version}`, ...new Set(table.versions)].join(', ')
  const date = new Date().toISOString().slice(0, 10)
  return `${table.note}\n\n${markdownTable(table)}\n\n${date}; ${table.effort}; ${machine()}; ${versions}.`
}

/** Read anew each time, because another run, for another Node.js, may have written in between. */
function keep(block: Block): void {
  const known = AREAS.map(({ name, title, scenarios }) => ({ name, title, scenarios }))
  const before = readOr(DOCUMENT, emptyDocument)
  writeFileSync(DOCUMENT, withBlock(before, block, known))
}

function readOr(file: URL, fallback: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return fallback
    throw error
  }
}
