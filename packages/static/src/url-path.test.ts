import { HTTPError } from '@typhoon/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkEncodedPath, checkPath, encodePath, type PathRules } from './url-path.ts'

const POSIX: PathRules = { dotfiles: 'deny', platform: 'linux' }
const WINDOWS: PathRules = { dotfiles: 'deny', platform: 'win32' }

function statusOf(action: () => unknown): number {
  try {
    action()
    return 200
  } catch (error) {
    return error instanceof HTTPError ? error.status : 500
  }
}

describe('checkEncodedPath', () => {
  test.each([
    { path: '/a%20b', status: 200, why: 'a space' },
    { path: '/100%', status: 400, why: 'no digits behind it' },
    { path: '/%4', status: 400, why: 'one digit' },
    { path: '/%zz', status: 400, why: 'other letters' },
    { path: '/a%2fb', status: 404, why: 'a slash that routing did not see' },
    { path: '/a%2Fb', status: 404, why: 'the same in capitals' },
    { path: '/a%252fb', status: 200, why: 'an escaped percent sign, then text' },
  ])('$path: $status, $why', ({ path, status }) => {
    expect(statusOf(() => checkEncodedPath(path))).toBe(status)
  })
})

describe('checkPath', () => {
  test.each([
    { path: '', segments: [''], why: 'the root' },
    { path: 'a/b.txt', segments: ['a', 'b.txt'], why: 'a file' },
    { path: 'a/', segments: ['a', ''], why: 'a directory' },
    { path: 'a..b', segments: ['a..b'], why: 'dots inside of a name' },
    { path: '.well-known/x', segments: ['.well-known', 'x'], why: 'RFC 8615' },
    { path: 'con:aux~1', segments: ['con:aux~1'], why: 'names that only Windows minds' },
  ])('$path: taken, $why', ({ path, segments }) => {
    expect(checkPath(path, POSIX)).toEqual(segments)
  })

  test.each([
    { path: '..', status: 403, why: 'leads out' },
    { path: 'a/../..', status: 403, why: 'leads out later' },
    { path: 'a/../../b/c', status: 403, why: 'leads out and comes back elsewhere' },
    { path: '/etc/passwd', status: 403, why: 'absolute' },
    { path: 'a/../b', status: 404, why: 'stays inside, but clients resolve such segments' },
    { path: './a', status: 404, why: 'likewise' },
    { path: 'a//b', status: 404, why: 'one file would have many names' },
    { path: 'a\0b', status: 404, why: 'no file name has a NUL' },
    { path: '.env', status: 403, why: 'a dotfile' },
    { path: 'a/.git/config', status: 403, why: 'below a dot directory' },
    { path: 'a/.well-known/x', status: 403, why: 'that name is special at the top only' },
    { path: '.well-known/.x', status: 403, why: 'a dotfile in there is one still' },
    { path: '...', status: 403, why: 'begins with a dot' },
  ])('$path: $status, $why', ({ path, status }) => {
    expect(statusOf(() => checkPath(path, POSIX))).toBe(status)
  })

  test.each([
    { dotfiles: 'allow' as const, status: 200 },
    { dotfiles: 'deny' as const, status: 403 },
    { dotfiles: 'ignore' as const, status: 404 },
  ])('dotfiles: $dotfiles answers $status', ({ dotfiles, status }) => {
    expect(statusOf(() => checkPath('.env', { ...POSIX, dotfiles }))).toBe(status)
  })

  test.each([
    'a\\b',
    'x..\\a',
    'c:',
    'c:x',
    'a.txt::$DATA',
    'a:b',
    'con',
    'CON',
    'nul.txt',
    'aux ',
    'com1',
    'COM1.txt',
    'lpt9',
    'com\u00b9',
    'conin$',
    'a.',
    'a ',
    'a. .',
    'PROGRA~1',
    'a*',
    'a?',
    'a"',
    'a<b',
    'a|b',
    'a\u0001',
    'x/nul/y',
  ])('%j: refused on Windows', (path) => {
    expect(statusOf(() => checkPath(path, WINDOWS))).toBe(404)
  })

  test.each(['console', 'com10', 'comma', 'a.b', 'a b', '~a', 'nullable.txt', 'community.html'])(
    '%j: taken on Windows',
    (path) => {
      expect(statusOf(() => checkPath(path, WINDOWS))).toBe(200)
    },
  )

  test('nothing that is taken leaves the root, however it is put together', () => {
    const part = fc.constantFrom('a', '..', '.', '', '.x', '.well-known', 'b.txt')
    const property = fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const path = parts.join('/')
      if (statusOf(() => checkPath(path, POSIX)) !== 200) return
      expect(new URL(path, 'http://host/root/').pathname.startsWith('/root/')).toBe(true)
    })
    fc.assert(property)
  })
})

test('encodePath keeps slashes and escapes whatever a URL gives a meaning', () => {
  expect(encodePath('a b/ü#?%.txt')).toBe('a%20b/%C3%BC%23%3F%25.txt')
})
