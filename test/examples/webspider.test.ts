/** The spider on sites that are not as neat as the one it brings along. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { parsePage } from '../../examples/webspider/links.ts'
import { runProgram } from './run-program.ts'

async function site(listener: RequestListener): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

describe('webspider', () => {
  test('a first page that has moved to another site: that one is crawled', async () => {
    await using home = await site(({ url }, response) => {
      response
        .setHeader('Content-Type', 'text/html')
        .end(`<title>${url}</title><a href="/one">1</a><a href="/two">2</a>`)
    })
    await using old = await site((_request, response) => {
      response.writeHead(301, { Location: `${home.url}/` }).end()
    })
    const { output } = await runProgram('webspider', ['main.ts', `${old.url}/`, '--delay', '0'])
    expect(output).toContain('3 pages, 0 broken links, 0 links to other sites')
    expect(output).toContain(`${home.url}/one  /one`)
  })

  test('a later page that has moved to another site: counted as a link to it', async () => {
    await using elsewhere = await site((_request, response) => {
      response.setHeader('Content-Type', 'text/html').end('<title>elsewhere</title><a href="/more">more</a>')
    })
    await using home = await site(({ url }, response) => {
      if (url === '/away') response.writeHead(302, { Location: `${elsewhere.url}/` }).end()
      else response.setHeader('Content-Type', 'text/html').end('<title>home</title><a href="/away">away</a>')
    })
    const { output } = await runProgram('webspider', ['main.ts', `${home.url}/`, '--delay', '0'])
    expect(output).toContain('1 pages, 0 broken links, 1 links to other sites')
  })

  test.each([
    { title: 'a\u001b[31m red', shown: 'a [31m red', why: 'an escape sequence' },
    { title: 'two\nlines\u202e', shown: 'two lines', why: 'a line break, and a turn of the writing direction' },
  ])('a title with $why: harmless in a terminal', ({ title, shown }) => {
    expect(parsePage(`<title>${title}</title>`, 'http://a.example/').title).toBe(shown)
  })
})
