/**
 * Entity tags: the ETag field and the lists of If-Match and If-None-Match (RFC 9110 §8.8.3, §13.1).
 *
 * As in Tornado, whatever stands between two quotation marks is a tag and the rest of a list is passed over: a client
 * that sends a damaged tag is answered as if it had not sent that one.
 */

/** One version of a representation: `W/"abc"` is `{ opaque: 'abc', weak: true }`. */
export interface EntityTag {
  readonly opaque: string
  readonly weak: boolean
}

/**
 * The tags of an If-Match or If-None-Match field, or `'*'` if that is its first member.
 *
 * A comma inside the quotes belongs to the tag. Unquoted members, and a tag whose closing quote is missing, are
 * skipped, so the list may be empty.
 */
export function parseEntityTagList(value: string): '*' | EntityTag[] {
  if (/^[\t ,]*\*[\t ]*(?:,|$)/.test(value)) return '*'
  const tags: EntityTag[] = []
  let open = value.indexOf('"')
  while (open !== -1) {
    const close = value.indexOf('"', open + 1)
    if (close === -1) break
    tags.push({ opaque: value.slice(open + 1, close), weak: hasWeakPrefix(value, open) })
    open = value.indexOf('"', close + 1)
  }
  return tags
}

/** The one tag of an ETag or If-Range field, or `undefined` if the value is anything but `"…"` or `W/"…"`. */
export function parseEntityTag(value: string): EntityTag | undefined {
  const weak = value.startsWith('W/')
  const open = weak ? 2 : 0
  if (value[open] !== '"' || value.indexOf('"', open + 1) !== value.length - 1) return undefined
  return { opaque: value.slice(open + 1, -1), weak }
}

/** Whether both stand for the same content, be it not byte for byte (RFC 9110 §8.8.3.2): for If-None-Match. */
export function weakMatch(a: EntityTag, b: EntityTag): boolean {
  return a.opaque === b.opaque
}

/** Whether both stand for the same bytes (RFC 9110 §8.8.3.2): for If-Match and If-Range; a weak tag matches nothing. */
export function strongMatch(a: EntityTag, b: EntityTag): boolean {
  return !a.weak && !b.weak && a.opaque === b.opaque
}

/** Whether `tag` is in the list by the given comparison; `'*'` holds every tag. */
export function matchesAny(list: '*' | readonly EntityTag[], tag: EntityTag, comparison: 'weak' | 'strong'): boolean {
  if (list === '*') return true
  const match = comparison === 'weak' ? weakMatch : strongMatch
  return list.some((member) => match(member, tag))
}

// The grammar knows only a capital W; a small one is a mistake for it and must not turn the tag into a strong one.
function hasWeakPrefix(value: string, open: number): boolean {
  return value[open - 1] === '/' && (value[open - 2] === 'W' || value[open - 2] === 'w')
}
