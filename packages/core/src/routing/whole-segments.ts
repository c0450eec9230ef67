/**
 * Patterns of fixed text and whole captured segments, such as `/user/:id/posts/:number`. Where the segments lie
 * shows what such a pattern captures, so no regular expression is run for it.
 */
import type { CapturedTexts } from './path-arguments.ts'
import { isPathCharacter } from './path-skeleton.ts'
import type { RegExpNode } from './regexp-syntax.ts'
import { endOfSegment } from './segment-layout.ts'

/**
 * The fixed text before each captured segment and after the last one: `['/user/', '/posts/', '']`.
 * `undefined` for a pattern of any other form.
 */
export function textsAroundSegments(syntax: RegExpNode | undefined): readonly string[] | undefined {
  if (syntax?.type !== 'sequence') return undefined
  const texts = ['']
  for (const part of syntax.parts) {
    const text = part.type === 'character' ? part.text : undefined
    if (isCapturedSegment(part)) texts.push('')
    else if (text !== undefined && isPathCharacter(text)) texts[texts.length - 1] += text
    else return undefined
  }
  const [, ...after] = texts
  return after.every((text, index) => text.startsWith('/') || (text === '' && index === after.length - 1))
    ? texts
    : undefined
}

/** Whether a part of a pattern is `([^/]+)`, with or without a name. */
function isCapturedSegment(part: RegExpNode): boolean {
  if (part.type !== 'group' || !part.capturing || part.body.type !== 'sequence') return false
  const [body, ...others] = part.body.parts
  return body?.type === 'repeat' && others.length === 0 && /^\[\^\\?\/\]\+\??$/.test(body.source)
}

/** What `RegExp.exec` gives for the pattern that has these texts. */
export function captureSegments(texts: readonly string[], path: string): CapturedTexts | undefined {
  const [first = '', ...others] = texts
  if (!path.startsWith(first)) return undefined
  const captured = [path]
  let at = first.length
  for (const text of others) {
    const end = endOfSegment(path, at)
    if (end === at || !path.startsWith(text, end)) return undefined
    captured.push(path.slice(at, end))
    at = end + text.length
  }
  return at === path.length ? captured : undefined
}
