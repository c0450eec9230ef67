import type { Command } from '../command.ts'

/** `typhoon fetch`: one request from the command line. */
export const fetch: Command = {
  name: 'fetch',
  summary: 'Fetch a URL',
  usage: '<url> [options]',
  operands: [1, 1],
  options: {
    method: { type: 'string', short: 'X', value: '<method>', help: 'GET, or what the body makes it: POST or PUT' },
    header: { type: 'string', short: 'H', multiple: true, value: '<field>', help: "a header field: 'Name: value'" },
    data: {
      type: 'string',
      short: 'd',
      multiple: true,
      value: '<text>',
      help: 'send text, @file or @- (standard input), as a form unless --header sets a type; several are joined by &',
    },
    json: { type: 'string', value: '<text>', help: 'send JSON: text, @file or @-; and ask for JSON' },
    form: {
      type: 'string',
      short: 'F',
      multiple: true,
      value: '<part>',
      help: "send a multipart form: 'name=text' or 'name=@file;type=image/png'",
    },
    upload: { type: 'string', short: 'T', value: '<file>', help: 'PUT a file, or - for standard input' },
    output: { type: 'string', short: 'o', value: '<file>', help: 'save in a file, which appears when it is complete' },
    resume: { type: 'boolean', help: 'with --output: keep what has arrived when it is cut off, and go on from there' },
    follow: { type: 'boolean', short: 'L', help: 'follow redirects' },
    'max-redirects': { type: 'string', value: '<number>', help: 'with --follow: how many (default: 5)' },
    proxy: {
      type: 'string',
      short: 'x',
      value: '<url>',
      help: 'http:, https: or socks5:, or "environment" for HTTP_PROXY and the like',
    },
    auth: { type: 'string', short: 'u', value: '<user:password>', help: 'basic authentication' },
    digest: { type: 'boolean', help: 'with --auth: digest authentication, which does not send the password' },
    bearer: { type: 'string', value: '<token>', help: 'authentication with a token' },
    'user-agent': { type: 'string', short: 'A', value: '<text>', help: 'the User-Agent field (default: Typhoon)' },
    cookie: { type: 'string', short: 'b', multiple: true, value: '<cookie>', help: "send a cookie: 'name=value'" },
    cookies: { type: 'string', value: '<file>', help: 'a cookie jar, read before and written afterwards' },
    head: { type: 'boolean', short: 'I', help: 'ask for the head only, and show it' },
    include: { type: 'boolean', short: 'i', help: 'show the head before the body' },
    insecure: { type: 'boolean', short: 'k', help: 'accept any certificate' },
    timeout: { type: 'string', value: '<ms>', help: 'the longest that all of it may take (default: no limit)' },
    fail: { type: 'boolean', help: 'fail, without the body, if the status is 400 or above' },
    timing: { type: 'boolean', help: 'show where the time went, on standard error' },
    silent: { type: 'boolean', short: 's', help: 'neither progress bar nor error messages' },
  },
  notes: `A URL without a scheme is an http: one. The body goes to standard output as it arrives; one that is binary does not go to a
terminal, unless --output - says so. A status of 400 or above never becomes the file of --output: it fails as with --fail. Connecting,
the wait for the head and each silence in the body may take 20 seconds.`,
  // The other commands do not wait for the client to be loaded.
  run: async (input, terminal) => (await import('../fetch/transfer.ts')).transfer(input, terminal),
}
