import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

/** Of two exports with one name, this one is renamed. */
const RENAMED: Readonly<Record<string, string>> = { 'websocket CompressionOptions': 'WebSocketCompressionOptions' }

/** The names that the index of a package exports, types included. */
function exportsOf(folder: string): string[] {
  const source = readFileSync(new URL(`../../${folder}/src/index.ts`, import.meta.url), 'utf8')
  const lists = [...source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].map(([, names = '']) => names)
  return lists.flatMap((names) => names.split(',').map((name) => name.trim().split(/\s+/).at(-1) ?? '')).filter(Boolean)
}

describe('typhoon re-exports the server side', () => {
  test.each(['core', 'pubsub', 'static', 'templates', 'websocket'])(
    '@typhoon/%s: every name, types included',
    (folder) => {
      const expected = exportsOf(folder).map((name) => RENAMED[`${folder} ${name}`] ?? name)
      expect(expected.length).toBeGreaterThan(0)
      expect(exportsOf('typhoon')).toEqual(expect.arrayContaining(expected))
    },
  )

  test('no name twice', () => {
    const names = exportsOf('typhoon')
    expect(names).toEqual([...new Set(names)])
  })
})
