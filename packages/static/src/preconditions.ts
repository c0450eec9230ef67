/**
 * Whether a request's conditions hold for a representation, in the order of RFC 9110 §13.2.2.
 */
import { matchesAny, parseEntityTag, parseEntityTagList, parseHTTPDate, strongMatch } from '@typhoon/core/headers'

/** What of a request the conditions are in. */
export interface ConditionFields {
  get(name: string): string | undefined
}

/** What tells one version of a representation from another. */
export interface Validators {
  /** As in the ETag field; undefined for none. */
  readonly etag: string | undefined
  /** In milliseconds; undefined where it is not known. */
  readonly modified: number | undefined
}

/** Send it, answer 304 without it, or refuse with 412. */
export type Verdict = 'send' | 'not modified' | 'failed'

/** Judges If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since of a GET or HEAD. */
export function judgePreconditions(fields: ConditionFields, validators: Validators): Verdict {
  const { etag } = validators
  const modified = validators.modified === undefined ? undefined : wholeSeconds(validators.modified)
  const ifMatch = fields.get('if-match')
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, etag, 'strong')) return 'failed'
  } else {
    const unmodifiedSince = dateOf(fields.get('if-unmodified-since'))
    if (unmodifiedSince !== undefined && modified !== undefined && modified > unmodifiedSince) return 'failed'
  }
  const ifNoneMatch = fields.get('if-none-match')
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, etag, 'weak') ? 'not modified' : 'send'
  const modifiedSince = dateOf(fields.get('if-modified-since'))
  return modifiedSince !== undefined && modified !== undefined && modified <= modifiedSince ? 'not modified' : 'send'
}

const DATE_SETTLES = 2000 // ms

/**
 * Whether the Range field counts, by If-Range (RFC 9110 §13.1.5): only an exact and strong match keeps the parts of one
 * version together. A date is strong once no second change can fall into the same second (§8.8.2.2).
 */
export function rangeApplies(ifRange: string | undefined, validators: Validators, now: number = Date.now()): boolean {
  if (ifRange === undefined) return true
  const given = parseEntityTag(ifRange)
  if (given !== undefined) {
    const etag = parseEntityTag(validators.etag ?? '')
    return etag !== undefined && strongMatch(given, etag)
  }
  const { modified } = validators
  if (modified === undefined || now - modified < DATE_SETTLES) return false
  return parseHTTPDate(ifRange) === wholeSeconds(modified)
}

/** `*` matches any representation that there is, with or without a tag. */
function matches(field: string, etag: string | undefined, comparison: 'weak' | 'strong'): boolean {
  if (field === etag && comparison === 'weak') return true // as a browser says it that has one version
  const list = parseEntityTagList(field)
  if (list === '*') return true
  const tag = parseEntityTag(etag ?? '')
  return tag !== undefined && matchesAny(list, tag, comparison)
}

function dateOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseHTTPDate(text)
}

function wholeSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000
}
