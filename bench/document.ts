/**
 * `docs/benchmarks.md`: an introduction written by hand, then a block for each scenario and major version of Node.js.
 *
 * Each block stands between markers. A run replaces its own blocks and leaves all others as they are; headings and order are
 * made anew, so that it does not matter in which order the areas were run.
 */

/** The table of one scenario on one version of Node.js, with what belongs to it. */
export interface Block {
  readonly area: string
  readonly scenario: string
  /** Major version. */
  readonly node: number
  readonly text: string
}

/** The areas as the document orders them. */
export interface Chapter {
  readonly name: string
  readonly title: string
  readonly scenarios: readonly { readonly name: string; readonly title: string }[]
}

const START = '<!-- results: from here on written by npm run bench -->'
const BLOCK = /<!-- bench ([a-z0-9-]+)\/([a-z0-9-]+) node-([0-9]+) -->\n(.*?)\n<!-- end -->/gs

/** The document before the first run. */
export const emptyDocument = `# Benchmarks\n\n${START}\n`

/** The document with a block added, or put in place of the one that it had for the same scenario and version. */
export function withBlock(document: string, block: Block, chapters: readonly Chapter[]): string {
  const others = blocksOf(document).filter((each) => keyOf(each) !== keyOf(block))
  const blocks = [...others, block]
  const parts = chapters.map((chapter) => renderChapter(chapter, blocks)).filter((text) => text !== '')
  return `${introductionOf(document)}${START}\n\n${parts.join('\n\n')}\n`
}

export function blocksOf(document: string): Block[] {
  return [...document.matchAll(BLOCK)].map(([, area = '', scenario = '', node = '', text = '']) => ({
    area,
    scenario,
    node: Number(node),
    text,
  }))
}

function introductionOf(document: string): string {
  const end = document.indexOf(START)
  return end < 0 ? `${document.trimEnd()}\n\n` : document.slice(0, end)
}

function renderChapter({ name, title, scenarios }: Chapter, blocks: readonly Block[]): string {
  const sections = scenarios.flatMap((scenario) => {
    const own = blocks.filter((each) => each.area === name && each.scenario === scenario.name)
    if (own.length === 0) return []
    return [`### ${scenario.title}`, ...own.toSorted((a, b) => a.node - b.node).map(renderBlock)]
  })
  return sections.length === 0 ? '' : [`## ${title}`, ...sections].join('\n\n')
}

function renderBlock(block: Block): string {
  return `<!-- bench ${keyOf(block)} -->\n${block.text}\n<!-- end -->`
}

function keyOf({ area, scenario, node }: Block): string {
  return `${area}/${scenario} node-${node}`
}
