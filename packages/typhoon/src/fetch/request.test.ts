import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { type CommandInput, parseCommandLine, UsageError } from '../command.ts'
import { fetch } from '../commands/fetch.ts'
import { parseTarget, readsStandardInput, requestOptions } from './request.ts'

const stdin = Readable.from([])
const parsed = (args: readonly string[]): CommandInput['options'] => parseCommandLine(fetch, ['url', ...args]).options

describe('parseTarget', () => {
  test.each([
    { given: 'localhost:8888/a', url: 'http://localhost:8888/a', why: 'no scheme' },
    { given: 'HTTPS://example.com', url: 'https://example.com/', why: 'a scheme in capitals' },
    { given: '[::1]:80', url: 'http://[::1]/', why: 'an IPv6 address' },
  ])('$given: $url, $why', ({ given, url }) => expect(parseTarget(given).href).toBe(url))

  test.each(['ftp://u:secret@example.com', 'http://', 'http://u:secret@a b/', 'file:///etc/passwd'])(
    '%s: refused, and not repeated',
    (given) => {
      expect(() => parseTarget(given)).toThrow(UsageError)
      expect(() => parseTarget(given)).not.toThrow(/secret|passwd/)
    },
  )
})

describe('requestOptions', () => {
  test.each([
    { args: [], expected: { method: 'GET', followRedirects: false, requestTimeout: 0, validateCert: true } },
    { args: ['-I'], expected: { method: 'HEAD' } },
    { args: ['-d', 'a=1', '-d', 'b=2'], expected: { method: 'POST', body: Buffer.from('a=1&b=2') } },
    { args: ['-d', '@f', '-X', 'PATCH'], expected: { method: 'PATCH', body: { path: 'f' } } },
    { args: ['--json', '@-'], expected: { method: 'POST', body: stdin } },
    { args: ['-T', 'f'], expected: { method: 'PUT', body: { path: 'f' }, headers: [] } },
    {
      args: ['-F', 'a=b=c', '-F', 'f=@x;y;type=text/plain'],
      expected: {
        multipart: [
          ['a', 'b=c'],
          ['f', { path: 'x;y', contentType: 'text/plain' }],
        ],
      },
    },
    {
      args: ['-d', 'x', '-H', 'content-type: text/plain', '-b', 'a=1', '-b', 'b=2'],
      expected: {
        headers: [
          ['content-type', 'text/plain'],
          ['Cookie', 'a=1; b=2'],
        ],
      },
    },
    { args: ['-u', 'ann:a:b'], expected: { auth: { username: 'ann', password: 'a:b' } } },
    { args: ['-u', 'ann:a', '--digest'], expected: { auth: { username: 'ann', password: 'a', mode: 'digest' } } },
    { args: ['-x', 'socks5h://ann:pw@p'], expected: { proxy: 'socks5h://ann:pw@p' } },
    { args: ['--bearer', 't'], expected: { auth: { bearer: 't' } } },
  ])('$args', ({ args, expected }) => expect(requestOptions(parsed(args), stdin)).toMatchObject(expected))

  test.each([
    { args: ['-d', 'a', '--json', '1'], error: /only one of --data, --json/ },
    { args: ['-d', '@a', '-d', 'b'], error: /stands alone/ },
    { args: ['--json', '{'], error: /--json: / },
    { args: ['-F', 'a'], error: /--form must be/ },
    { args: ['-F', '=a'], error: /--form must be/ },
    { args: ['-H', 'no colon'], error: /--header must be/ },
    { args: ['-b', 'cookies.txt'], error: /--cookie must be.*--cookies/ },
    { args: ['-u', 'ann'], error: /--auth must be user:password$/ },
    { args: ['-u', 'a:b', '--bearer', 't'], error: /only one of --auth, --bearer/ },
    { args: ['--digest'], error: /--digest needs --auth/ },
    { args: ['--digest', '--bearer', 't'], error: /--digest needs --auth/ },
    { args: ['-x', 'ftp://ann:secret@p'], error: /^(?!.*secret).*--proxy must be/ },
    { args: ['-x', 'socks6://p'], error: /--proxy must be/ },
    { args: ['-I', '-d', 'a'], error: /sends no body/ },
    { args: ['-I', '-X', 'GET'], error: /leave out --method/ },
    { args: ['-I', '-o', 'f'], error: /no body that --output/ },
    { args: ['--resume'], error: /--resume needs --output/ },
    { args: ['--resume', '-o', 'f', '-d', 'a'], error: /--resume is for GET/ },
    { args: ['--timeout', 'soon'], error: /--timeout must be a whole number/ },
    { args: ['--max-redirects', '1001'], error: /--max-redirects must be/ },
  ])('$args: not understood', ({ args, error }) => {
    expect(() => requestOptions(parsed(args), stdin)).toThrow(UsageError)
    expect(() => requestOptions(parsed(args), stdin)).toThrow(error)
  })
})

test.each([
  { args: ['-d', '@-'], expected: true },
  { args: ['-d', '-'], expected: false },
  { args: ['--json', '@-'], expected: true },
  { args: ['-T', '-'], expected: true },
  { args: ['-F', 'f=@-;type=text/plain'], expected: true },
  { args: ['-F', 'f=@-x'], expected: false },
])('readsStandardInput of $args: $expected', ({ args, expected }) => {
  expect(readsStandardInput(parsed(args))).toBe(expected)
})
