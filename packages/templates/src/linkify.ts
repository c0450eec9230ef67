import { escapeHTML } from '@typhoon/core'

/** Options of `linkify()`. */
export interface LinkifyOptions {
  /** Show long addresses cut to 30 characters, with the whole one as a tooltip. @defaultValue false */
  shorten?: boolean
  /** Attributes for each link, such as `{ rel: 'nofollow' }`, or a function from its address to them. */
  attributes?: Readonly<Record<string, string>> | ((href: string) => Readonly<Record<string, string>>)
  /** Leave `www.example.com`, which names no scheme, as text. @defaultValue false */
  requireScheme?: boolean
  /** Only addresses of these schemes become links. @defaultValue `['http', 'https']` */
  schemes?: readonly string[]
}

interface Candidate {
  readonly start: number
  readonly end: number
  readonly scheme: string
}

const LONGEST_SHOWN = 30
const STOPS = /[\s<>']/
const TRAILING = /[!"#$%&'()*+,.:;<=>?@[\]^`{|}~]/ // punctuation that ends a sentence rather than an address
const SCHEME_CHARACTER = /[A-Za-z0-9+.-]/

/**
 * Plain text as HTML in which web addresses are links (Tornado: `linkify`).
 *
 * Everything is escaped, so the result goes into the page as it is: `<%~ linkify(message) %>`. Punctuation after an
 * address stays outside the link, as does a closing bracket that the address did not open.
 *
 * @example
 * linkify('see https://example.com/a_(b).') // 'see <a href="https://example.com/a_(b)">https://example.com/a_(b)</a>.'
 */
export function linkify(text: string, options: LinkifyOptions = {}): string {
  let html = ''
  let done = 0
  for (const { start, end, scheme } of addresses(text)) {
    html += escapeHTML(text.slice(done, start))
    html += anchor(text.slice(start, end), scheme, options)
    done = end
  }
  return html + escapeHTML(text.slice(done))
}

/** Finds what looks like an address; each character is looked at a constant number of times. */
function* addresses(text: string): Generator<Candidate> {
  const marker = /:\/\/\/?|www\./gi
  let done = 0
  for (let found = marker.exec(text); found; found = marker.exec(text)) {
    const start = found[0].startsWith(':') ? schemeStart(text, found.index, done) : wordStart(text, found.index)
    const end = start === undefined ? undefined : addressEnd(text, marker.lastIndex)
    if (start === undefined || end === undefined) continue
    yield { start, end, scheme: text.slice(start, found.index).toLowerCase() }
    done = end
    marker.lastIndex = end
  }
}

function schemeStart(text: string, colon: number, limit: number): number | undefined {
  let start = colon
  while (start > limit && SCHEME_CHARACTER.test(text.charAt(start - 1))) start--
  while (start < colon && !/[A-Za-z]/.test(text.charAt(start))) start++
  return start < colon ? start : undefined
}

function wordStart(text: string, index: number): number | undefined {
  return index > 0 && /[\w/]/.test(text.charAt(index - 1)) ? undefined : index
}

function addressEnd(text: string, from: number): number | undefined {
  let end: number | undefined
  for (let index = from; index < text.length; index++) {
    const character = text.charAt(index)
    if (character === ')' || STOPS.test(character)) break
    if (character === '(') {
      const close = closingBracket(text, index + 1)
      if (close === undefined) break
      index = close
      end = close + 1
    } else if (!TRAILING.test(character)) {
      end = index + 1
    }
  }
  return end
}

function closingBracket(text: string, from: number): number | undefined {
  for (let index = from; index < text.length; index++) {
    const character = text.charAt(index)
    if (character === ')') return index
    if (character === '(' || STOPS.test(character)) return undefined
  }
  return undefined
}

function anchor(address: string, scheme: string, options: LinkifyOptions): string {
  const { shorten = false, requireScheme = false, schemes = ['http', 'https'] } = options
  if (scheme === '' ? requireScheme : !schemes.includes(scheme)) return escapeHTML(address)
  const href = scheme === '' ? `http://${address}` : address
  const isCut = shorten && address.length > LONGEST_SHOWN
  const shown = isCut ? `${address.slice(0, LONGEST_SHOWN - 1)}…` : address
  const extra = typeof options.attributes === 'function' ? options.attributes(href) : options.attributes
  const attributes = { href, ...(isCut ? { title: href } : {}), ...extra }
  const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${escapeHTML(value)}"`)
  return `<a${written.join('')}>${escapeHTML(shown)}</a>`
}
