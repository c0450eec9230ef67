/** The pages of the guide about the examples: there is one for each, it can be found, and it shows what the program says. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const names = readdirSync(join(ROOT, 'examples'))
const read = (...path: string[]) => readFileSync(join(ROOT, ...path), 'utf8')

describe.each(names)('%s', (name) => {
  test('its page: linked from the list, with how to run it, what it is about and what to change', () => {
    expect(read('docs/guide/examples.md')).toContain(`[${name}](examples/${name}.md)`)
    const headings = read(`docs/guide/examples/${name}.md`).match(/^#.*$/gm)
    expect(headings).toEqual([`# ${name}`, '## Run it', '## The code', '## Change it', '## In Tornado'])
  })

  test('every line of code on its page is one of the program', () => {
    const source = new Set(sourceLines(name))
    const shown = codeLines(read(`docs/guide/examples/${name}.md`))
    expect(shown.length).toBeGreaterThanOrEqual(5) // else the code was not found
    expect(shown.filter((line) => !source.has(line))).toEqual([])
  })
})

test('links on the pages, and to them from the programs, lead to files', () => {
  const pages = [
    'docs/options.md',
    'docs/guide/examples.md',
    ...names.map((name) => `docs/guide/examples/${name}.md`),
    ...names.map((name) => `examples/${name}/README.md`),
  ]
  const links = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) => join(page, '..', link)),
  )
  expect(links.length).toBeGreaterThan(100) // else they were not found
  expect(links.filter((link) => !existsSync(join(ROOT, link)))).toEqual([])
})

test('the list has no others', () => {
  const listed = read('docs/guide/examples.md').match(/(?<=^\| \[)\w+/gm)
  expect(listed?.toSorted()).toEqual(names.toSorted())
})

function sourceLines(name: string): string[] {
  const files = readdirSync(join(ROOT, 'examples', name)).filter((file) => file.endsWith('.ts'))
  return files.flatMap((file) => read('examples', name, file).split('\n').map(normalized))
}

/** Lines of code, without imports, comments, and declarations of what a page leaves out. */
function codeLines(page: string): string[] {
  const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code)
  const code = blocks.join('\n').replace(/^declare .*(?:\n[ }].*)*$/gm, '')
  return code
    .split('\n')
    .map(normalized)
    .filter((line) => /\w/.test(line) && !/^(?:import|\/\/) ?/.test(line))
}

function normalized(line: string): string {
  return line.trim().replace(/^export /, '')
}
