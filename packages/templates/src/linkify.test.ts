import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type LinkifyOptions, linkify } from './linkify.ts'

const link = (href: string, text = href): string => `<a href="${href}">${text}</a>`

describe('linkify (Tornado: escape)', () => {
  test.each([
    { text: 'hello http://world.com/!', html: `hello ${link('http://world.com/')}!`, why: 'punctuation stays outside' },
    {
      text: 'x https://a.b:80/c?d=e&f=1#g.',
      html: `x ${link('https://a.b:80/c?d=e&amp;f=1#g')}.`,
      why: 'port, query and fragment',
    },
    { text: 'HTTP://a.b', html: link('HTTP://a.b'), why: 'schemes ignore case' },
    { text: 'http://a.b/_(c)', html: link('http://a.b/_(c)'), why: 'a pair of brackets belongs to it' },
    {
      text: '(http://a.b/_(c)_(d))',
      html: `(${link('http://a.b/_(c)_(d)')})`,
      why: 'a bracket that it did not open does not',
    },
    { text: 'http://a.b/(c', html: `${link('http://a.b/')}(c`, why: 'nor one that it does not close' },
    { text: '<a href="http://a.b">', html: `&lt;a href=&quot;${link('http://a.b')}&quot;&gt;`, why: 'markup is text' },
    {
      text: 'www.example.com,',
      html: `${link('http://www.example.com', 'www.example.com')},`,
      why: 'without a scheme',
    },
    { text: 'xwww.example.com', html: 'xwww.example.com', why: 'no word begins there' },
    { text: 'javascript://alert(1)', html: 'javascript://alert(1)', why: 'a scheme that is not permitted' },
    { text: 'x:http://a.b', html: `x:${link('http://a.b')}`, why: 'after a colon' },
    { text: '://a.b http://', html: '://a.b http://', why: 'half an address' },
    { text: `http://a.b/'onclick='x`, html: `${link('http://a.b/')}&#x27;onclick=&#x27;x`, why: 'a quote ends it' },
    { text: 'http://ü.example/ß', html: link('http://ü.example/ß'), why: 'letters of any language' },
    { text: '', html: '', why: 'nothing' },
  ])('$text: $why', ({ text, html }) => {
    expect(linkify(text)).toBe(html)
  })

  const long = `http://example.com/${'x'.repeat(40)}`
  test.each<{ text: string; options: LinkifyOptions; html: string }>([
    { text: 'www.a.b http://a.b', options: { requireScheme: true }, html: `www.a.b ${link('http://a.b')}` },
    { text: 'ftp://a.b http://a.b', options: { schemes: ['ftp'] }, html: `${link('ftp://a.b')} http://a.b` },
    {
      text: long,
      options: { shorten: true },
      html: `<a href="${long}" title="${long}">http://example.com/xxxxxxxxxx…</a>`,
    },
    {
      text: 'http://a.b',
      options: { attributes: { rel: '"' } },
      html: '<a href="http://a.b" rel="&quot;">http://a.b</a>',
    },
    {
      text: 'http://a.b',
      options: { attributes: (href) => ({ id: href }) },
      html: '<a href="http://a.b" id="http://a.b">http://a.b</a>',
    },
  ])('$options', ({ text, options, html }) => {
    expect(linkify(text, options)).toBe(html)
  })

  test('any text: nothing is lost, and no markup but links comes out', () => {
    const pieces = fc.constantFrom(
      'http://',
      'www.',
      'a',
      '.',
      '(',
      ')',
      '<',
      '>',
      '"',
      "'",
      '&',
      ' ',
      '/',
      ':',
      '-',
      'ftp:///',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const html = linkify(parts.join(''))
        const text = html.replace(/<a href="[^"<>]*">|<\/a>/g, '')
        expect(text).not.toMatch(/[<>"']/)
        const entities = new Map([
          ['&amp;', '&'],
          ['&lt;', '<'],
          ['&gt;', '>'],
          ['&quot;', '"'],
          ['&#x27;', "'"],
        ])
        expect(text.replace(/&[^;]+;/g, (entity) => entities.get(entity) ?? entity)).toBe(parts.join(''))
      }),
    )
  })

  test.each(['http://', 'www.(', 'a-', '://', 'www.', '(http://', 'a.'])(
    '%j 100 000 times: no slower than linear',
    (piece) => {
      expect(linkify(piece.repeat(100_000)).length).toBeGreaterThan(100_000) // a quadratic scan would outlast the time limit
    },
  )
})
