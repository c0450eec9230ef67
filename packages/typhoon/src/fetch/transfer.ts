/** What `typhoon fetch` does once its command line is understood; the file that loads the client. */
import { constants } from 'node:os'
import {
  AsyncHTTPClient,
  CookieJar,
  HTTPClientError,
  type RequestOptions,
  type ResponseHead,
  type TimeInfo,
} from '@typhoon/client'
import { CommandError, type CommandInput, columns, type Terminal, text, UsageError } from '../command.ts'
import { ProgressBar } from './progress-bar.ts'
import { parseTarget, readsStandardInput, requestOptions } from './request.ts'
import { ReaderGoneError, StandardOutput } from './standard-output.ts'

type Options = CommandInput['options']

/** The user has ended the command. */
class Interruption extends Error {
  readonly signal: 'SIGINT' | 'SIGTERM'

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(signal)
    this.signal = signal
  }
}

const PHASES = ['queue', 'lookup', 'connect', 'tls', 'headers', 'body', 'total'] as const
const CONTROL = /\p{Cc}+/gu

/** @returns the exit code */
export async function transfer(
  { options, operands: [target = ''] }: CommandInput,
  terminal: Terminal,
): Promise<number> {
  const url = parseTarget(target)
  const given = requestOptions(options, process.stdin)
  try {
    const times = await withCookies(text(options['cookies']), (cookies) => send(url, { ...given, cookies }, options))
    if (options['timing'] === true) terminal.err(timingTable(times))
    return 0
  } catch (error) {
    if (error instanceof ReaderGoneError) return 0
    if (error instanceof Interruption) return 128 + constants.signals[error.signal]
    const explained = explain(error)
    if (options['silent'] === true && explained instanceof CommandError) return 1
    throw explained
  } finally {
    if (readsStandardInput(options)) process.stdin.destroy() // else what nobody reads any more keeps the process
  }
}

/** Lends the jar of a file, and writes it back whatever comes of it: a failed answer may have set cookies, too. */
async function withCookies<T>(path: string | undefined, work: (jar: CookieJar | undefined) => Promise<T>): Promise<T> {
  if (path === undefined) return work(undefined)
  const jar = await loadJar(path)
  try {
    return await work(jar)
  } finally {
    await jar.save(path)
  }
}

async function loadJar(path: string): Promise<CookieJar> {
  try {
    return await CookieJar.load(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new CookieJar()
    throw new CommandError(`${path} is not a cookie jar: ${(error as Error).message}`, { cause: error })
  }
}

async function send(url: URL, request: RequestOptions, options: Options): Promise<TimeInfo> {
  const interruption = new AbortController()
  const onSignal = (signal: 'SIGINT' | 'SIGTERM') => interruption.abort(new Interruption(signal))
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  const asked = { ...request, signal: interruption.signal }
  const output = text(options['output'])
  await using client = new AsyncHTTPClient()
  try {
    if (output === undefined || output === '-') return await show(client, url, asked, options)
    return await save(client, url, asked, output, options)
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}

/** The body, and perhaps the head, to standard output. */
async function show(client: AsyncHTTPClient, url: URL, request: RequestOptions, options: Options): Promise<TimeInfo> {
  const out = new StandardOutput(process.stdout, process.stdout.isTTY === true && options['output'] !== '-')
  const head = headPrinter(out, options)
  const response = await client.fetch(url, {
    ...request,
    raiseError: options['fail'] === true,
    headerCallback: head.print,
    streamingCallback: async (chunk) => {
      await head.printed()
      await out.writeBody(chunk)
    },
  })
  await head.printed()
  return response.timeInfo
}

/** The body to a file. */
async function save(
  client: AsyncHTTPClient,
  url: URL,
  request: RequestOptions,
  path: string,
  options: Options,
): Promise<TimeInfo> {
  const head = headPrinter(new StandardOutput(process.stdout, false), options)
  const bar = process.stderr.isTTY && options['silent'] !== true ? new ProgressBar(process.stderr) : undefined
  try {
    const { timeInfo } = await client.download(url, path, {
      ...request,
      resume: options['resume'] === true,
      onProgress: (progress) => bar?.update(progress),
      headerCallback: head.print,
    })
    await head.printed()
    return timeInfo
  } finally {
    bar?.end()
  }
}

/** Writes the head as soon as it is there, if it was asked for. */
function headPrinter(out: StandardOutput, options: Options) {
  const wanted = options['include'] === true || options['head'] === true
  let written: Promise<void> = Promise.resolve()
  return {
    print: (head: ResponseHead): void => {
      if (!wanted) return
      written = out.write(headLines(head))
      written.catch(() => {}) // printed() throws it
    },
    printed: (): Promise<void> => written,
  }
}

/** In the bytes that came: fields are not always UTF-8. */
function headLines({ code, reason, headers }: ResponseHead): Buffer {
  const lines = [`HTTP ${code} ${reason}`.trimEnd(), ...[...headers].map(([name, value]) => `${name}: ${value}`)]
  return Buffer.from(`${lines.join('\n')}\n\n`, 'latin1')
}

function timingTable(times: TimeInfo): string {
  const cells = PHASES.map((phase) => [phase, times[phase].toFixed(1)] as const)
  const width = Math.max(...cells.map(([, time]) => time.length))
  return columns(cells.map(([phase, time]) => [phase, `${time.padStart(width)} ms`] as const))
}

/** What people are told; anything that is not foreseen keeps its stack. */
function explain(error: unknown): unknown {
  if (error instanceof HTTPClientError) {
    const answered = error.response !== undefined
    const message = answered ? error.message : `failed in phase ${error.phase}: ${error.message}`
    return new CommandError(message.replace(CONTROL, ' '), { cause: error })
  }
  if (error instanceof TypeError || error instanceof URIError) return new UsageError(error.message, { cause: error }) // what cannot be sent
  const ofSystem = error instanceof Error && 'syscall' in error
  if (ofSystem || error instanceof RangeError) return new CommandError(error.message, { cause: error }) // files
  return error
}
