import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { get } from './load.ts'
import { Program } from './program.ts'

const BIN = fileURLToPath(new URL('../../packages/typhoon/src/bin.ts', import.meta.url))
const SHOP = fileURLToPath(new URL('fixtures/shop.ts', import.meta.url))
const SERVING = /^ {2}(https?:\S+)$/

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'typhoon-command-'))
  await writeFile(join(folder, 'index.html'), '<title>home</title>')
  await writeFile(join(folder, '.secret'), 'secret')
})
afterAll(() => rm(folder, { recursive: true }))

const typhoon = (...args: string[]) => new Program([BIN, ...args])

describe('typhoon', () => {
  test.each([
    { args: ['--help'], code: 0, out: /^Usage: typhoon <command>/ },
    { args: ['help'], code: 0, out: /serve {2,}Serve the files/ },
    { args: ['help', 'serve'], code: 0, out: /^Usage: typhoon serve \[dir\]/ },
    { args: ['serve', '--help'], code: 0, out: /-p, --port <port> {2,}port to listen on/ },
    { args: ['routes', '-h'], code: 0, out: /^Usage: typhoon routes <module>/ },
    { args: ['--version'], code: 0, out: /^\d+\.\d+\.\d+/ },
  ])('$args: on standard output, exit code $code', async ({ args, code, out }) => {
    await using program = typhoon(...args)
    expect(await program.exited).toEqual({ code, signal: null })
    expect(program.output).toMatch(out)
    expect(program.errorOutput).toBe('')
  })

  test.each([
    { args: [], error: /^Usage: typhoon/, why: 'no command' },
    { args: ['sevre'], error: /unknown command sevre; did you mean serve\?/, why: 'a misspelt command' },
    { args: ['fly'], error: /unknown command fly$/m, why: 'nothing like it' },
    { args: ['--vesion'], error: /unknown option --vesion; did you mean --version\?/, why: 'a misspelt option' },
    {
      args: ['serve', '--prot', '80'],
      error: /unknown option --prot; did you mean --port\?/,
      why: 'a misspelt option of a command',
    },
    { args: ['serve', '-z'], error: /unknown option -z/, why: 'an unknown letter' },
    { args: ['serve', '--port'], error: /--port <value>' argument missing/, why: 'a value is missing' },
    {
      args: ['serve', '--port', '70000'],
      error: /--port must be a whole number from 0 to 65535, got 70000/,
      why: 'no port',
    },
    { args: ['serve', '--key', 'k.pem'], error: /--cert and --key belong together/, why: 'half a pair' },
    { args: ['serve', 'a', 'b'], error: /too many arguments: b/, why: 'one directory at a time' },
    { args: ['routes'], error: /typhoon routes <module>/, why: 'the module is missing' },
  ])('$args: exit code 2, $why', async ({ args, error }) => {
    await using program = typhoon(...args)
    expect(await program.exited).toEqual({ code: 2, signal: null })
    expect(program.errorOutput).toMatch(error)
  })

  test.each([
    { args: ['serve', '/no/such/place'], error: /there is no directory \/no\/such\/place/ },
    { args: ['serve', BIN], error: /is a file, not a directory/ },
    { args: ['routes', 'nowhere.ts'], error: /there is no file .*nowhere\.ts/ },
    { args: ['dev', 'nowhere.ts'], error: /there is no file .*nowhere\.ts/ },
  ])('$args: exit code 1, without a stack', async ({ args, error }) => {
    await using program = typhoon(...args)
    expect(await program.exited).toEqual({ code: 1, signal: null })
    expect(program.errorOutput).toMatch(error)
    expect(program.errorOutput).not.toMatch(/^\s+at /m)
  })
})

describe('typhoon serve', () => {
  test('a directory: its files, but none that begins with a dot; Ctrl-C ends it with 0', async () => {
    await using program = typhoon('serve', folder, '--port', '0')
    const [, url = ''] = await program.line(SERVING)
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(await get(`${url}/`)).toBe('<title>home</title>')
    await expect(get(`${url}/.secret`)).rejects.toThrow(/status 403/)
    await expect(get(`${url}/missing`)).rejects.toThrow(/status 404/)
    await program.line(/200 GET \/ /)
    program.signalGroup('SIGINT')
    expect(await program.exited).toEqual({ code: 0, signal: null })
  })

  test('--spa, --cache and --quiet: the index page for navigations, a lifetime, no log', async () => {
    await using program = typhoon('serve', folder, '-p', '0', '--spa', '--cache', '60', '--quiet')
    const [, url = ''] = await program.line(SERVING)
    expect(await get(`${url}/orders/7`, { headers: { Accept: 'text/html' } })).toBe('<title>home</title>')
    await expect(get(`${url}/orders.js`, { headers: { Accept: '*/*' } })).rejects.toThrow(/status 404/)
    expect((await fetch(`${url}/index.html`)).headers.get('cache-control')).toMatch(/max-age=60/)
    expect(program.errorOutput).toBe('')
  })

  test('--listing: the names of the files', async () => {
    const files = await mkdtemp(join(folder, 'files-'))
    await writeFile(join(files, 'report.txt'), 'text')
    await using program = typhoon('serve', files, '--port=0', '-l')
    const [, url = ''] = await program.line(SERVING)
    expect(await get(`${url}/`)).toMatch(/report\.txt/)
  })

  test('--host 0.0.0.0: the address in the network as well, if there is one', async () => {
    await using program = typhoon('serve', folder, '--host', '0.0.0.0', '--port', '0')
    const [, url = ''] = await program.line(SERVING)
    expect(await get(`${url.replace('localhost', '127.0.0.1')}/`)).toBe('<title>home</title>')
  })

  test('--cert and --key: HTTPS', async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=localhost', '-days', '1']
    await promisify(execFile)('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
      ...subject,
    ])
    await using program = typhoon('serve', folder, '--port', '0', '--cert', cert, '--key', key)
    const [, url = ''] = await program.line(SERVING)
    expect(url).toMatch(/^https:/)
  })

  test('a port that is taken: exit code 1, and one that is free', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    await using program = typhoon('serve', folder, '--port', String(port))
    expect(await program.exited).toEqual({ code: 1, signal: null })
    other.close()
    expect(program.errorOutput).toMatch(
      /cannot listen on 127\.0\.0\.1, port \d+: another program already listens there/,
    )
    const [, free] = program.errorOutput.match(/Port (\d+) is free: --port \1/) ?? []
    expect(Number(free)).toBeGreaterThan(port)
  })
})

describe('typhoon routes', () => {
  test('an exported application: place, pattern, target and name of each rule, warnings beside', async () => {
    await using program = typhoon('routes', SHOP)
    expect(await program.exited).toEqual({ code: 0, signal: null })
    expect(program.lines(/^(?:place|\d).*/).map(([line]) => line.split(/ {2,}/))).toEqual([
      ['place', 'pattern', 'target', 'name'],
      ['0', '/', 'HomeHandler', 'home'],
      ['1', '/item/:id', 'ItemHandler', 'item'],
      ['2', '/item/new', 'ItemHandler'],
      ['3.0', "'api.example.com' /ping", 'fetch handler'],
      [expect.stringMatching(/^4.*0$/), '/admin/', 'AdminHandler'],
      [expect.stringMatching(/^4.*1$/), '/admin/log/([0-9]+)', 'AdminHandler'],
    ])
    expect(program.errorOutput).toMatch(/rule 2 .*rule 1/)
  })

  test.each([
    { source: 'export const other = 7', error: /exports no Application as default or as "app"; it exports other/ },
    { source: 'throw new Error("no database")', error: /cannot import .*: Error: no database/ },
  ])('a module $source: exit code 1', async ({ source, error }) => {
    const file = join(folder, 'module.mjs')
    await writeFile(file, source)
    await using program = typhoon('routes', file)
    expect(await program.exited).toEqual({ code: 1, signal: null })
    expect(program.errorOutput).toMatch(error)
  })
})

describe('typhoon dev', () => {
  test('a module that changes: runs again with its arguments; Ctrl-C ends all', async () => {
    const [main, part] = [join(folder, 'main.ts'), join(folder, 'part.ts')]
    await writeFile(
      main,
      "import { text } from './part.ts'\nconsole.log(text, process.argv.slice(2).join())\nsetInterval(() => {}, 1000)\n",
    )
    await writeFile(part, 'export const text: string = "first"\n')
    await using program = typhoon('dev', '--no-clear', main, '--', '--color', 'red')
    await program.line(/^first --color,red$/)
    await writeFile(part, 'export const text: string = "second"\n')
    await program.line(/^second --color,red$/)
    program.signalGroup('SIGINT')
    expect((await program.exited).signal).toBeNull() // it settles only when nobody is left
  })
})
