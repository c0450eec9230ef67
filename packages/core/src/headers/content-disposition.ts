/**
 * The Content-Disposition field of a response (RFC 6266): show it, or save it under a name.
 */
import { checkOneOf } from '../options.ts'
import { percentEncode } from './percent-encoding.ts'

const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g // they make "gpj.exe" read as "exe.jpg"
const NOT_PLAIN = /[^\x20-\x7e]|["%\\]/gu // some recipients decode % in the plain form or trip over an escaped quote
const NOT_ATTR_CHAR = /[^A-Za-z0-9!#$&+\-.^_`|~]+/g // RFC 8187 §3.2.1

/**
 * The field value that offers a file under a name, legal whatever the name holds.
 *
 * Of a path only the last component is kept; control characters, marks that turn the direction of writing, and spaces
 * at the ends are removed; if nothing or just dots remain, no name is sent. A name that ASCII cannot carry is sent
 * twice, as RFC 6266 §5 advises: in full as `filename*`, and with `_` in place of each such character for the rest.
 *
 * @throws {@link OptionError} if `type` is neither `'attachment'` nor `'inline'`
 *
 * @example
 * formatContentDisposition('attachment', 'naïve.txt')
 * // attachment; filename="na_ve.txt"; filename*=UTF-8''na%C3%AFve.txt
 */
export function formatContentDisposition(type: 'attachment' | 'inline', filename?: string): string {
  checkOneOf('type', type, ['attachment', 'inline'])
  const name = filename === undefined ? '' : cleanName(filename)
  if (name === '') return type
  const plain = name.replace(NOT_PLAIN, '_')
  const simple = `${type}; filename="${plain}"`
  return plain === name ? simple : `${simple}; filename*=UTF-8''${percentEncode(name, NOT_ATTR_CHAR)}`
}

function cleanName(filename: string): string {
  const lastComponent = filename.slice(Math.max(filename.lastIndexOf('/'), filename.lastIndexOf('\\')) + 1)
  const name = lastComponent
    .replace(/\p{Cc}/gu, '')
    .replace(BIDI_CONTROLS, '')
    .trim()
  return /^\.*$/.test(name) ? '' : name
}
