/** Tells the loading of a page from that of its parts, by what browsers send along. */
import type { ConditionFields } from './preconditions.ts'

/**
 * Whether a request loads a page into a window or frame: it takes HTML by name, and does not say otherwise
 * (`Sec-Fetch-Mode`, Fetch Metadata §2.2). Scripts, styles, pictures and `fetch()` take anything.
 */
export function isNavigationRequest(fields: ConditionFields): boolean {
  const mode = fields.get('sec-fetch-mode')
  return (mode === undefined || mode === 'navigate') && takesHTML(fields)
}

/** Whether `text/html` is named in the Accept field and not refused. */
export function takesHTML(fields: ConditionFields): boolean {
  const members = (fields.get('accept') ?? '').toLowerCase().split(',')
  return members.some((member) => {
    const [type = '', ...parameters] = member.split(';').map((part) => part.trim())
    return type === 'text/html' && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter))
  })
}
