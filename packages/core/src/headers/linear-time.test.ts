/**
 * Every parser of this folder on texts made to cost much: half a megabyte of what it has to look at again and again if it
 * is written badly. Linear ones need some milliseconds; anything quadratic needs minutes.
 */
import { expect, test } from 'vitest'
import { preferredEncoding, preferredLanguages, preferredMediaType } from './accept.ts'
import { parseByteRanges } from './byte-range.ts'
import { formatContentDisposition } from './content-disposition.ts'
import { parseCookies, readCookie } from './cookie.ts'
import { matchesAny, parseEntityTag, parseEntityTagList } from './entity-tag.ts'
import { isToken } from './field-syntax.ts'
import { parseForwarded } from './forwarded.ts'
import { parseHost } from './host.ts'
import { parseHTTPDate } from './http-date.ts'
import { parseMediaType } from './media-type.ts'
import { appendVary } from './vary.ts'

const LENGTH = 500_000 // characters
const LIMIT = 5000 // ms of processor time, which a busy machine does not count

const PARSERS: { parse: (text: string) => unknown; name: string; start: string }[] = [
  { name: 'isToken', start: 'a', parse: isToken },
  { name: 'parseHTTPDate', start: 'Sun, 06 Nov 1994 ', parse: (text) => parseHTTPDate(text) },
  { name: 'parseEntityTag', start: 'W/"', parse: parseEntityTag },
  { name: 'parseEntityTagList', start: '"', parse: (text) => matchesAny(parseEntityTagList(text), TAG, 'weak') },
  { name: 'parseHost', start: '[', parse: parseHost },
  { name: 'parseMediaType', start: 'a/b;a="', parse: parseMediaType },
  { name: 'parseForwarded', start: 'for="', parse: parseForwarded },
  { name: 'parseCookies', start: 'a="', parse: parseCookies },
  { name: 'readCookie', start: 'a="', parse: (text) => readCookie(`${text};a=1`, 'a') },
  {
    name: 'parseByteRanges',
    start: '0-0,',
    parse: (text) => parseByteRanges(`bytes=${text}`, 1000, { maxRanges: LENGTH }),
  },
  { name: 'preferredLanguages', start: 'a;q="', parse: preferredLanguages },
  { name: 'preferredMediaType', start: 'a/b;c="', parse: (text) => preferredMediaType(text, ['text/html', 'a/b']) },
  { name: 'preferredEncoding', start: 'a;q="', parse: (text) => preferredEncoding(text, ['br', 'gzip', 'identity']) },
  { name: 'formatContentDisposition', start: '.', parse: (text) => formatContentDisposition('inline', text) },
  { name: 'appendVary', start: 'a,', parse: (text) => appendVary(text, 'Accept') },
]
const TAG = { opaque: 'x', weak: false }
const UNITS = [
  ' ',
  '\t ',
  ',',
  ';',
  '=',
  '"',
  '\\',
  '"\\',
  '\\0',
  'a',
  '0',
  '-',
  '0-0,',
  '*',
  '%',
  '%41',
  ':',
  '[',
  'W/',
]
const PAIRS = [
  ' a',
  'a ',
  'a;',
  'a=',
  'a=b;',
  'a="',
  'a="b";',
  ';a="\\',
  'for=a,',
  'for="a"',
  'a/b;c=d,',
  '"a",',
  'a;q=0,',
]

test.each(PARSERS)(
  '$name: linear time',
  ({ name, start, parse }) => {
    for (const unit of [...UNITS, ...PAIRS]) {
      const repeated = unit.repeat(LENGTH / unit.length)
      for (const text of [repeated, start + repeated]) {
        const before = process.cpuUsage()
        parse(text)
        expect(process.cpuUsage(before).user / 1000, `${name} of ${text.slice(0, 20)}…`).toBeLessThan(LIMIT)
      }
    }
  },
  120_000,
)
