/**
 * Where the captures lie in paths that are fixed text and whole segments in turn, such as those of
 * `/user/:id/posts/:number`. Rules by the thousand have a handful of layouts.
 */

export interface SegmentLayout {
  /** The number of characters before each captured segment, counted from the end of the one before. */
  readonly gaps: readonly number[]
  /** The number of characters after the last one. */
  readonly rest: number
  /** One for each segment, or `undefined` if they are positional. */
  readonly names: readonly string[] | undefined
}

/** @param texts - the fixed text before each segment and after the last one */
export function layoutOf(texts: readonly string[], names: readonly string[]): SegmentLayout {
  const lengths = texts.map(({ length }) => length)
  return { gaps: lengths.slice(0, -1), rest: lengths.at(-1) ?? 0, names: names.length === 0 ? undefined : names }
}

/** The layout of the same paths with a prefix before them. */
export function layoutBelow(prefix: string, { gaps: [first, ...others], rest, names }: SegmentLayout): SegmentLayout {
  return { gaps: first === undefined ? [] : [prefix.length + first, ...others], rest, names }
}

/** Where the next slash stands, or the path's end. */
export function endOfSegment(path: string, at: number): number {
  const slash = path.indexOf('/', at)
  return slash < 0 ? path.length : slash
}
