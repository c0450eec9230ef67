import { readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { resolve } from 'node:path'
import { Application, type ApplicationSettings, type HTTPServer, lineLogger } from '@typhoon/core'
import { staticFiles } from '@typhoon/static'
import {
  type Command,
  CommandError,
  type CommandInput,
  type Terminal,
  text,
  UsageError,
  wholeNumber,
} from '../command.ts'

const DEFAULT_PORT = 8888
const PORTS_TRIED = 20 // behind one that is taken

const { warn, error } = lineLogger()
const QUIET: ApplicationSettings = { logger: { debug() {}, info() {}, warn, error }, logRequest() {} }

/** `typhoon serve`: a directory as a web site. */
export const serve: Command = {
  name: 'serve',
  summary: 'Serve the files of a directory',
  usage: '[dir] [options]',
  operands: [0, 1],
  options: {
    port: {
      type: 'string',
      short: 'p',
      value: '<port>',
      help: `port to listen on; 0 takes any that is free (default: ${DEFAULT_PORT})`,
    },
    host: {
      type: 'string',
      value: '<address>',
      help: 'address to listen on; 0.0.0.0 lets other machines in (default: 127.0.0.1)',
    },
    listing: { type: 'boolean', short: 'l', help: 'list the files of directories that have no index.html' },
    spa: { type: 'boolean', short: 's', help: 'single-page application: send index.html for pages that are not there' },
    cache: { type: 'string', value: '<seconds>', help: 'how long browsers may use a file without asking (default: 0)' },
    cert: { type: 'string', value: '<file>', help: 'serve HTTPS with this certificate, in PEM' },
    key: { type: 'string', value: '<file>', help: 'the key of the certificate, in PEM' },
    quiet: { type: 'boolean', short: 'q', help: 'no line for each request' },
  },
  notes: 'Files whose name begins with a dot are not served. Ctrl-C stops the server.',
  run,
}

async function run({ options, operands: [directory = '.'] }: CommandInput, terminal: Terminal): Promise<number> {
  const port = wholeNumber('port', options['port'], DEFAULT_PORT, 65_535)
  const maxAge = wholeNumber('cache', options['cache'], 0, 2 ** 31 - 1)
  const host = text(options['host']) ?? '127.0.0.1'
  const tls = await readCertificate(text(options['cert']), text(options['key']))
  await checkDirectory(directory)
  const rules = staticFiles(directory, {
    prefix: '/',
    maxAge,
    listing: options['listing'] === true,
    fallback: options['spa'] === true ? 'index.html' : undefined,
  })
  const app = new Application(rules, options['quiet'] === true ? QUIET : {})
  const onListening = (server: HTTPServer) => terminal.out(greeting(directory, server, host))
  try {
    await app.run({ port, host, tls, onListening })
    return 0
  } catch (error) {
    throw await explain(error as NodeJS.ErrnoException, host, port)
  }
}

async function readCertificate(cert: string | undefined, key: string | undefined) {
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined) throw new UsageError('--cert and --key belong together')
  const read = (file: string) =>
    readFile(file).catch((error: Error) => {
      throw new CommandError(`cannot read ${file}: ${error.message}`, { cause: error })
    })
  return { cert: await read(cert), key: await read(key) }
}

async function checkDirectory(directory: string): Promise<void> {
  const stats = await stat(directory).catch(() => undefined)
  if (stats === undefined) throw new CommandError(`there is no directory ${resolve(directory)}`)
  if (!stats.isDirectory()) throw new CommandError(`${resolve(directory)} is a file, not a directory`)
}

function greeting(directory: string, server: HTTPServer, host: string): string {
  const addresses = [server.url, ...networkAddresses(host).map((address) => withAddress(server.url, address))]
  return `Serving ${resolve(directory)}\n${addresses.map((url) => `  ${url}\n`).join('')}`
}

/** Under which addresses other machines reach a server that listens on all of this one. */
function networkAddresses(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return []
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address)
}

function withAddress(url: string, address: string): string {
  const { protocol, port } = new URL(url)
  return `${protocol}//${address}${port === '' ? '' : `:${port}`}`
}

async function explain(error: NodeJS.ErrnoException, host: string, port: number): Promise<Error> {
  if (error.code === undefined) return error
  const free = error.code === 'EADDRINUSE' ? await freePort(host, port) : undefined
  const hint = free === undefined ? '' : `\nPort ${free} is free: --port ${free}`
  return new CommandError(`${error.message}${hint}`, { cause: error })
}

async function freePort(host: string, taken: number): Promise<number | undefined> {
  const last = Math.min(taken + PORTS_TRIED, 65_535)
  for (let port = taken + 1; port <= last; port++) if (await isFree(host, port)) return port
  return undefined
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer()
    probe.once('error', () => done(false))
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => done(true)))
  })
}
