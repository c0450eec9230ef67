/** Every option that a package's types offer is named in the documentation, so that a reader need not look for it in the types. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PACKAGES = ['client', 'core', 'pubsub', 'static', 'tcp', 'templates', 'websocket']
const INTERFACE = /export interface (\w+(?:Options|Settings|Limits))\b[^{]*\{\n([\s\S]*?)\n\}/g

/** What handlers read, and nobody gives. */
const READ: ReadonlySet<string> = new Set(['HandlerSettings', 'ResolvedSettings'])

const words = new Set(
  documentation().flatMap((text) =>
    [...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) => code.match(/\w+/g) ?? []),
  ),
)

describe.each(PACKAGES)('%s', (name) => {
  test('the documentation names every option', () => {
    const offered = optionsOf(name)
    expect(offered.length).toBeGreaterThan(2) // else the interfaces were not found
    expect(offered.filter(({ option }) => !words.has(option))).toEqual([])
  })
})

function documentation(): string[] {
  const pages = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((page) => page.endsWith('.md'))
    .map((page) => join('docs', page))
  const readmes = PACKAGES.map((name) => join('packages', name, 'README.md'))
  return [...pages, ...readmes].map((page) => readFileSync(join(ROOT, page), 'utf8'))
}

/** The members of the interfaces for options that the package exports. */
function optionsOf(name: string): { type: string; option: string }[] {
  const source = join(ROOT, 'packages', name, 'src')
  const exported = new Set(readFileSync(join(source, 'index.ts'), 'utf8').match(/\w+/g))
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(?<!\.test)\.ts$/.test(file),
  )
  return files
    .flatMap((file) => [...readFileSync(join(source, file), 'utf8').matchAll(INTERFACE)])
    .filter(([, type = '']) => exported.has(type) && !READ.has(type))
    .flatMap(([, type = '', body = '']) =>
      [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(<]/gm)].map(([, option = '']) => ({ type, option })),
    )
}
