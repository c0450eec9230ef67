/**
 * What every path that a pattern matches must look like, read from the pattern's syntax: fixed text, and
 * whole segments of unknown text. The route index is built from it.
 *
 * `/\/user\/(\d+)\/posts/` has the skeleton `/user/‹segment›/posts`; `/\/files\/(.*)/` has `/files/` and is open:
 * anything may follow. A skeleton is a necessary condition only, so the pattern itself always decides.
 */
import { type RegExpNode, takesNoSlash, unwrap } from './regexp-syntax.ts'
import type { SegmentLayout } from './segment-layout.ts'

/** Stands in a skeleton's text for everything up to the next slash or the end, which may be nothing. */
export const SEGMENT = '\0'

export interface PathSkeleton {
  /** Printable ASCII characters and {@link SEGMENT}. */
  readonly text: string
  /** Whether more may follow; otherwise the path ends where the text ends. */
  readonly open: boolean
  /** Given if every path that looks like this matches, as long as none of its segments is empty. */
  readonly layout: SegmentLayout | undefined
}

const ANY_PATH: readonly PathSkeleton[] = [{ text: '', open: true, layout: undefined }]
const MAX_ALTERNATIVES = 64

/** One skeleton, or one for each alternative when the pattern is a choice: a match fits at least one of them. */
export function pathSkeletons(syntax: RegExpNode | undefined): readonly PathSkeleton[] {
  if (syntax === undefined) return ANY_PATH
  const whole = unwrap(syntax)
  if (whole.type !== 'choice') return [skeletonOf(whole)]
  if (whole.options.length > MAX_ALTERNATIVES) return ANY_PATH
  const skeletons = whole.options.flatMap(pathSkeletons)
  return skeletons.length > MAX_ALTERNATIVES ? ANY_PATH : skeletons
}

/** Whether a character can stand in a path as it is. */
export function isPathCharacter(char: string): boolean {
  return /^[!-~]$/.test(char)
}

function skeletonOf(syntax: RegExpNode): PathSkeleton {
  const writer = new SkeletonWriter()
  const complete = writer.add(syntax)
  return writer.finish(complete)
}

class SkeletonWriter {
  #text = ''
  /** Whether text without a slash follows `#text`, of which nothing is known until a slash or the end comes. */
  #inSegment = false

  /** Adds what a node takes; false when it may take a slash in an unknown place, after which nothing more is known. */
  add(node: RegExpNode): boolean {
    if (node.type === 'character' && node.text !== undefined && isPathCharacter(node.text))
      return this.#addText(node.text)
    if (node.type === 'sequence') return node.parts.every((part) => this.add(part))
    if (node.type === 'group') return this.add(node.body)
    if (node.type === 'assertion') return true
    if (node.type === 'repeat' && node.min > 0) this.add(node.body)
    if (!takesNoSlash(node)) return false
    this.#inSegment = true
    return true
  }

  finish(complete: boolean): PathSkeleton {
    const text = complete && this.#inSegment ? this.#text + SEGMENT : this.#text
    return { text, open: !complete, layout: undefined }
  }

  #addText(char: string): true {
    if (char !== '/' && this.#inSegment) return true
    this.#text += this.#inSegment ? SEGMENT + char : char
    this.#inSegment = false
    return true
  }
}
