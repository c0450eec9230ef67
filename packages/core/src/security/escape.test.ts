import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escapeHTML, escapeJSONForHTML } from './escape.ts'

describe('escapeHTML (Tornado xhtml_escape)', () => {
  test.each([
    { text: '', escaped: '', why: 'nothing' },
    { text: 'plain \u00e9 \u{1f600}', escaped: 'plain \u00e9 \u{1f600}', why: 'nothing special' },
    { text: '<a href="x">', escaped: '&lt;a href=&quot;x&quot;&gt;', why: 'a tag' },
    { text: "it's", escaped: 'it&#x27;s', why: 'an apostrophe' },
    { text: '&amp;', escaped: '&amp;amp;', why: 'what looks escaped is text too' },
  ])('$text: $why', ({ text, escaped }) => {
    expect(escapeHTML(text)).toBe(escaped)
  })

  test('property: nothing special is left, and the text can be had back', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '&', '<', '>', '"', "'", ';', 'amp;') }), (text) => {
        const escaped = escapeHTML(text)
        expect(escaped.replace(/&(?:amp|lt|gt|quot|#x27);/g, '')).not.toMatch(/[&<>"']/)
        expect(unescapeHTML(escaped)).toBe(text)
      }),
    )
  })
})

describe('escapeJSONForHTML (Tornado json_encode)', () => {
  test.each([
    { json: '{"a":[1,true,null]}', escaped: '{"a":[1,true,null]}', why: 'nothing special' },
    { json: '"</script>"', escaped: '"<\\/script>"', why: 'the end of the element' },
    { json: '"</"', escaped: '"<\\/"', why: 'the beginning of any end tag' },
    { json: '"<!-- <Script>"', escaped: '"\\u003c!-- \\u003cScript>"', why: 'what keeps the element from ending' },
    { json: '"a < b <b> -->"', escaped: '"a < b <b> -->"', why: 'harmless signs stay' },
    { json: '"\u2028\u2029"', escaped: '"\\u2028\\u2029"', why: 'line separators' },
  ])('$json: $why', ({ json, escaped }) => {
    expect(escapeJSONForHTML(json)).toBe(escaped)
  })

  test('property: the same value, and nothing that a script element reacts to', () => {
    const unit = fc.constantFrom('<', '/', '!--', 'script', 'SCRIPT', '\\', '"', '\u2028', '\u2029', 'a', '>')
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), fc.string({ unit }), (value, text) => {
        const escaped = escapeJSONForHTML(JSON.stringify({ value, [text]: text }))
        expect(JSON.parse(escaped)).toEqual(JSON.parse(JSON.stringify({ value, [text]: text })))
        expect(escaped).not.toMatch(/<\/|<!--|<script|[\u2028\u2029]/i)
      }),
    )
  })
})

function unescapeHTML(text: string): string {
  const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#x27': "'" }
  return text.replace(/&(.+?);/g, (_, name: string) => characters[name] ?? '')
}
