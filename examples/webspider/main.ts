/** Crawls the site that is named, or one that it serves itself, and says what it found. */
import { AsyncHTTPClient } from '@typhoon/client'
import { type Arguments, parseArguments, USAGE } from './arguments.ts'
import { startSite } from './local-site.ts'
import { Spider, type Summary } from './spider.ts'

const options = readArguments()
const site = options.start === undefined ? await startSite() : undefined
const client = new AsyncHTTPClient({
  userAgent: 'typhoon-webspider (an example)',
  maxBodySize: 5 * 1024 * 1024,
  proxy: 'environment',
  retry: 1,
})

try {
  const began = performance.now()
  const summary = await new Spider(client, options).crawl(options.start ?? new URL(site?.url ?? ''))
  report(summary, (performance.now() - began) / 1000)
} finally {
  await client.close()
  await site?.close()
}

function readArguments(): Arguments {
  try {
    return parseArguments(process.argv.slice(2))
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`)
    process.exit(2)
  }
}

function report({ pages, broken, foreign }: Summary, seconds: number): void {
  for (const { url, title, bytes } of pages) console.log(`${bytes} bytes  ${url}  ${title}`)
  for (const { error, from } of broken) console.log(`broken: ${error}${from === '' ? '' : `, named by ${from}`}`)
  const counts = [`${pages.length} pages`, `${broken.length} broken links`, `${foreign.size} links to other sites`]
  console.log(`${counts.join(', ')}, ${seconds.toFixed(1)} s`)
  if (pages.length === 0) process.exitCode = 1
}
