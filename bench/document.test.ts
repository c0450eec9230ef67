import { describe, expect, test } from 'vitest'
import { type Block, blocksOf, type Chapter, emptyDocument, withBlock } from './document.ts'

const CHAPTERS: readonly Chapter[] = [
  {
    name: 'http',
    title: 'HTTP',
    scenarios: [
      { name: 'plaintext', title: 'Plain text' },
      { name: 'json', title: 'JSON' },
    ],
  },
  { name: 'router', title: 'Router', scenarios: [{ name: 'lookup', title: 'Lookups' }] },
]

const block = (area: string, scenario: string, node: number, text = `${scenario} on ${node}`): Block => ({
  area,
  scenario,
  node,
  text,
})
const written = (...blocks: readonly Block[]) =>
  blocks.reduce((document, each) => withBlock(document, each, CHAPTERS), emptyDocument)

describe('withBlock', () => {
  test('the first block: under the headings of its area and its scenario', () => {
    expect(written(block('http', 'json', 20, '| a |'))).toBe(
      [
        '# Benchmarks',
        '<!-- results: from here on written by npm run bench -->',
        '## HTTP',
        '### JSON',
        '<!-- bench http/json node-20 -->\n| a |\n<!-- end -->\n',
      ].join('\n\n'),
    )
  })

  test('the same scenario and version again: replaced, and nothing else is touched', () => {
    const others = [block('http', 'plaintext', 20), block('http', 'json', 24)]
    const document = written(...others, block('http', 'json', 20, 'old'), block('http', 'json', 20, 'new'))
    expect(blocksOf(document)).toEqual([others[0], block('http', 'json', 20, 'new'), others[1]])
  })

  test('whatever the order of the runs: areas and scenarios as they are listed, versions side by side', () => {
    const blocks = [
      block('router', 'lookup', 20),
      block('http', 'json', 24),
      block('http', 'plaintext', 24),
      block('http', 'json', 20),
    ]
    expect(written(...blocks)).toBe(written(...blocks.toReversed()))
    expect(blocksOf(written(...blocks)).map(({ scenario, node }) => `${scenario} ${node}`)).toEqual([
      'plaintext 24',
      'json 20',
      'json 24',
      'lookup 20',
    ])
  })

  test('an introduction written by hand: kept as it is', () => {
    const document = emptyDocument.replace('# Benchmarks\n', '# Benchmarks\n\nHow to read the tables: slowly.\n')
    const after = withBlock(document, block('http', 'json', 20), CHAPTERS)
    expect(after.startsWith('# Benchmarks\n\nHow to read the tables: slowly.\n\n<!-- results')).toBe(true)
    expect(withBlock(after, block('http', 'json', 20), CHAPTERS)).toBe(after)
  })

  test('text with several paragraphs and $ signs: kept as it is', () => {
    const text = 'Note: $& and $1.\n\n| a |\n| - |\n\n2026-11-21; 5 rounds.'
    expect(blocksOf(written(block('http', 'json', 20, text)))).toEqual([block('http', 'json', 20, text)])
  })

  test('a scenario that is no longer there: its block goes', () => {
    const document = written(block('http', 'json', 20)).replaceAll('http/json', 'http/gone')
    expect(blocksOf(withBlock(document, block('http', 'json', 20), CHAPTERS))).toHaveLength(1)
  })
})
