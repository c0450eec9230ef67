import { escapeJSONForHTML } from '../security/escape.ts'

/**
 * The JSON text of a value, safe to be put inside a `script` element (Tornado: `json_encode`).
 *
 * @throws {@link TypeError} for a value that JSON has no form for, such as a function, a bigint or a cycle
 */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined // undefined for a function, a symbol or undefined
  if (text === undefined) throw new TypeError(`a ${typeof value} cannot be sent as JSON`)
  return escapeJSONForHTML(text)
}
