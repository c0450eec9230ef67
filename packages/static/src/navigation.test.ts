import { expect, test } from 'vitest'
import { isNavigationRequest, takesHTML } from './navigation.ts'

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

test.each([
  { accept: BROWSER, mode: undefined, is: true, why: 'a browser without Fetch Metadata' },
  { accept: BROWSER, mode: 'navigate', is: true, why: 'a browser that loads a page' },
  { accept: BROWSER, mode: 'cors', is: false, why: 'a script that copies the field' },
  { accept: '*/*', mode: 'no-cors', is: false, why: 'a script or picture' },
  { accept: '*/*', mode: undefined, is: false, why: 'curl' },
  { accept: undefined, mode: undefined, is: false, why: 'no field' },
  { accept: 'text/html;q=0, */*', mode: undefined, is: false, why: 'HTML refused' },
  { accept: 'TEXT/HTML', mode: undefined, is: true, why: 'case does not matter' },
])('$accept, $mode: $is, $why', ({ accept, mode, is }) => {
  const fields = new Map([
    ['accept', accept],
    ['sec-fetch-mode', mode],
  ])
  expect(isNavigationRequest(fields)).toBe(is)
})

test('takesHTML needs the type by name', () => {
  expect(takesHTML(new Map([['accept', 'application/xhtml+xml, text/*']]))).toBe(false)
})
