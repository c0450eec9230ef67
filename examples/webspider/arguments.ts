/** What is said on the command line. */
import { parseArgs } from 'node:util'
import type { SpiderOptions } from './spider.ts'

export const USAGE = 'usage: main.ts [URL] [--concurrency NUMBER] [--delay MILLISECONDS] [--max-pages NUMBER]'

export interface Arguments extends SpiderOptions {
  /** Where to begin; undefined for the site that the program brings along. */
  readonly start: URL | undefined
}

/** @throws {@link Error} that says what is wrong with them */
export function parseArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      concurrency: { type: 'string', default: '5' },
      delay: { type: 'string', default: '20' },
      'max-pages': { type: 'string', default: '200' },
    },
  })
  const [start, ...more] = positionals
  if (more.length > 0) throw new Error(`one site at a time, got ${positionals.join(', ')}`)
  return {
    start: start === undefined ? undefined : webAddress(start),
    concurrency: wholeNumber('--concurrency', values.concurrency, 1),
    delay: wholeNumber('--delay', values.delay, 0),
    maxPages: wholeNumber('--max-pages', values['max-pages'], 1),
  }
}

function webAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new Error(`the site must be named by an http or https URL, got ${JSON.stringify(text)}`)
}

/** A delay that is no number would be none at all. */
function wholeNumber(name: string, text: string, least: number): number {
  if (/^[0-9]{1,9}$/.test(text) && Number(text) >= least) return Number(text)
  throw new Error(`${name} must be a whole number from ${least} on, got ${JSON.stringify(text)}`)
}
