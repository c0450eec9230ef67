import { tmpdir } from 'node:os'
import { pathToFileURL } from 'node:url'
import { OptionError } from '@typhoon/core'
import { expect, test } from 'vitest'
import { resolveStaticOptions } from './static-options.ts'

test('undefined means the default', () => {
  expect(resolveStaticOptions({ index: undefined })).toMatchObject({
    index: 'index.html',
    prefix: '/static/',
    dotfiles: 'deny',
    root: undefined,
  })
})

test('the root may be a path or a file URL', () => {
  expect(resolveStaticOptions({ root: tmpdir() }).root).toBe(tmpdir())
  expect(resolveStaticOptions({ root: pathToFileURL(tmpdir()) }).root).toBe(tmpdir())
})

test('precompressed and contentTypes are brought into one form', () => {
  expect(resolveStaticOptions({ precompressed: false }).precompressed).toEqual([])
  expect(resolveStaticOptions({ precompressed: ['gzip'] }).precompressed).toEqual(['gzip'])
  expect(resolveStaticOptions({ contentTypes: { '.GLTF': 'model/gltf+json' } }).contentTypes['.gltf']).toBe(
    'model/gltf+json',
  )
})

test.each([
  { given: { maxage: 1 }, names: 'maxage' },
  { given: { root: '/nothing/here' }, names: 'root' },
  { given: { root: '' }, names: 'path' },
  { given: { prefix: 'static/' }, names: 'prefix' },
  { given: { prefix: '/static' }, names: 'prefix' },
  { given: { prefix: '//evil/' }, names: 'prefix' },
  { given: { index: '' }, names: 'index' },
  { given: { index: '../x.html' }, names: 'index' },
  { given: { fallback: '/index.html' }, names: 'fallback' },
  { given: { notFoundPage: 'a\\..\\b' }, names: 'notFoundPage' },
  { given: { dotfiles: 'maybe' }, names: 'dotfiles' },
  { given: { listing: 'yes' }, names: 'listing' },
  { given: { download: 'yes' }, names: 'download' },
  { given: { precompressed: ['deflate'] }, names: 'precompressed' },
  { given: { maxAge: -1 }, names: 'maxAge' },
  { given: { maxAge: 1.5 }, names: 'maxAge' },
  { given: { maxCachedFileSize: 2 ** 40 }, names: 'maxCachedFileSize' },
  { given: { checkInterval: '1s' }, names: 'checkInterval' },
  { given: { cacheControl: [['*.css', 'no-store']] }, names: 'cacheControl' },
  { given: { cacheControl: [[/css/, 'a\nb']] }, names: 'cacheControl' },
  { given: { headers: [[/css/, 'x']] }, names: 'headers' },
  { given: { headers: [[/css/, { 'X Y': '1' }]] }, names: 'headers' },
  { given: { headers: [[/css/, { 'X-Y': 'a\r\nb' }]] }, names: 'headers' },
  { given: { contentTypes: { css: 'text/css' } }, names: 'contentTypes' },
  { given: { contentTypes: { '.css': 'a\nb' } }, names: 'contentTypes' },
])('$given is refused, with the name', ({ given, names }) => {
  expect(() => resolveStaticOptions(given as object)).toThrow(OptionError)
  expect(() => resolveStaticOptions(given as object)).toThrow(names)
})
