/**
 * Text made safe for the place where it is put: HTML, and JSON inside a script element.
 */

const SPECIAL = /[&<>"']/
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#x27;'],
])

/**
 * The text with `& < > " '` as character references (Tornado: `xhtml_escape`): safe as the content of an HTML element
 * and as an attribute value in quotes, though not inside `script` or `style`.
 */
export function escapeHTML(text: string): string {
  if (!SPECIAL.test(text)) return text
  return text.replace(/[&<>"']/g, (character) => ENTITIES.get(character) ?? character)
}

/**
 * The same JSON, written so that it may stand inside a `script` element.
 *
 * As Tornado does, `</` becomes `<\/`, so that no string can close the element. `<!--` and `<script`, which together
 * keep it from closing, get the escape `\u003c`, and the line separators U+2028 and U+2029, which older scripts take for
 * ends of lines, become escapes too.
 *
 * @param json - what `JSON.stringify` returned
 */
export function escapeJSONForHTML(json: string): string {
  // most texts have nothing to escape, and this look at them is much faster than the expression
  if (!json.includes('<') && !json.includes('\u2028') && !json.includes('\u2029')) return json
  return json.replace(/<\/|<(?=!--|script)|[\u2028\u2029]/gi, (found) => JSON_ESCAPES.get(found) ?? found)
}

const JSON_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['</', '<\\/'],
  ['<', '\\u003c'],
  ['\u2028', '\\u2028'],
  ['\u2029', '\\u2029'],
])
