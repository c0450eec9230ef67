import { checkFieldName } from './field-syntax.ts'

/**
 * The Vary field with one more name in it (RFC 9110 §12.5.5).
 *
 * A name that is there already, in whatever case, is not added again; `*` stands for every name and swallows the rest.
 *
 * @param existing - the field as it is, `undefined` or empty if there is none
 * @throws {@link TypeError} if `field` is no field name
 *
 * @example
 * appendVary('Accept', 'Accept-Encoding') // 'Accept, Accept-Encoding'
 */
export function appendVary(existing: string | undefined, field: string): string {
  checkFieldName(field)
  if (existing === undefined || existing === '' || field === '*') return field
  const names = existing.split(',').map((name) => name.trim().toLowerCase())
  if (names.includes('*')) return '*'
  return names.includes(field.toLowerCase()) ? existing : `${existing}, ${field}`
}
