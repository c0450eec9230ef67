/** The links of a page. */
import { Parser } from 'htmlparser2'

const MAX_LINKS = 1000 // of one page

export interface Page {
  readonly title: string
  /** Absolute, without fragments, each once. */
  readonly links: readonly URL[]
}

/** @param url - where the page came from; a `base` element changes what its links are relative to */
export function parsePage(html: string, url: string): Page {
  const links = new Map<string, URL>()
  let base = url
  let title = ''
  let inTitle = false
  const parser = new Parser({
    onopentag(name, { href }) {
      if (name === 'title') inTitle = title === ''
      if (href === undefined) return
      if (name === 'base' && URL.canParse(href, url)) base = new URL(href, url).href
      if (name === 'a' && links.size < MAX_LINKS) addLink(links, href, base)
    },
    ontext(text) {
      if (inTitle) title += text
    },
    onclosetag(name) {
      if (name === 'title') inTitle = false
    },
  })
  parser.end(html)
  return { title: printable(title), links: [...links.values()] }
}

/** On one line, and without what would move the cursor of whoever reads it in a terminal. */
function printable(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim()
}

function addLink(links: Map<string, URL>, href: string, base: string): void {
  if (!URL.canParse(href, base)) return
  const link = new URL(href, base)
  link.hash = ''
  if (link.protocol === 'http:' || link.protocol === 'https:') links.set(link.href, link)
}
