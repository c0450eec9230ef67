/** Crawls the site that is named, or one that it serves itself, and says what it found. */
import { parseArgs } from 'node:util'
import { AsyncHTTPClient } from '@typhoon/client'
import { startSite } from './local-site.ts'
import { Spider } from './spider.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    concurrency: { type: 'string', default: '5' },
    delay: { type: 'string', default: '20' },
    'max-pages': { type: 'string', default: '200' },
  },
})
const [given] = positionals
const site = given === undefined ? await startSite() : undefined
const start = new URL(given ?? site?.url ?? '')

const client = new AsyncHTTPClient({
  userAgent: 'typhoon-webspider (an example)',
  maxBodySize: 5 * 1024 * 1024,
  proxy: 'environment',
  retry: 1,
})
const spider = new Spider(client, {
  concurrency: Number(values.concurrency),
  delay: Number(values.delay),
  maxPages: Number(values['max-pages']),
})

try {
  const began = performance.now()
  const { pages, broken, foreign } = await spider.crawl(start)
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  for (const { url, title, bytes } of pages) console.log(`${bytes} bytes  ${url}  ${title}`)
  for (const { error, from } of broken) console.log(`broken: ${error}, named by ${from}`)
  console.log(
    `${pages.length} pages, ${broken.length} broken links, ${foreign.size} links to other sites, ${seconds} s`,
  )
} finally {
  await client.close()
  await site?.close()
}
