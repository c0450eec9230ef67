export { preferredEncoding, preferredLanguages, preferredMediaType } from './headers/accept.ts'
export { type ByteRange, type ByteRangeOptions, parseByteRanges } from './headers/byte-range.ts'
export { formatContentDisposition } from './headers/content-disposition.ts'
export { type CookieAttributes, parseCookies, readCookie, serializeCookie } from './headers/cookie.ts'
export {
  type EntityTag,
  matchesAny,
  parseEntityTag,
  parseEntityTagList,
  strongMatch,
  weakMatch,
} from './headers/entity-tag.ts'
export { checkFieldName, checkFieldValue, checkReasonPhrase, isToken } from './headers/field-syntax.ts'
export { type ForwardedElement, parseForwarded } from './headers/forwarded.ts'
export { type Host, parseHost } from './headers/host.ts'
export { formatHTTPDate, parseHTTPDate } from './headers/http-date.ts'
export { type MediaType, mediaTypeOf, parseMediaType } from './headers/media-type.ts'
export { appendVary } from './headers/vary.ts'
