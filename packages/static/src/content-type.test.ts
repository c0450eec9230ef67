import { expect, test } from 'vitest'
import { contentTypeOf, hasKnownExtension } from './content-type.ts'

test.each([
  { path: '/a/b.html', type: 'text/html; charset=utf-8', why: 'text says that it is UTF-8' },
  { path: 'b.CSS', type: 'text/css; charset=utf-8', why: 'case does not matter' },
  { path: 'b.json', type: 'application/json', why: 'JSON is UTF-8 by definition' },
  { path: 'b.tar.gz', type: 'application/gzip', why: 'the last extension' },
  { path: 'README', type: 'application/octet-stream', why: 'no extension' },
  { path: 'html', type: 'application/octet-stream', why: 'a name is no extension' },
  { path: '.html', type: 'application/octet-stream', why: 'nor is a hidden name' },
  { path: 'b.unheard-of', type: 'application/octet-stream', why: 'unknown' },
  { path: 'b.constructor', type: 'application/octet-stream', why: 'no property of an object' },
  { path: 'b.gltf', type: 'model/x', why: 'the own table comes first' },
])('$path: $type, $why', ({ path, type }) => {
  expect(contentTypeOf(path, { '.gltf': 'model/x' })).toBe(type)
})

test('hasKnownExtension', () => {
  expect(['a.js', 'a.own', 'a.doe', 'js', ''].map((path) => hasKnownExtension(path, { '.own': 'x/y' }))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
})
