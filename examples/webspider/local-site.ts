/** A site to be crawled: pages that name each other, a redirect, a file, and a link that leads nowhere. */
import { Application, HTTPError, type HTTPServer, RequestHandler, route } from '@typhoon/core'

const PAGES = 30

class HomeHandler extends RequestHandler {
  override get() {
    this.write(`<!doctype html><title>Home</title>
<p><a href="/page/1">begin</a>, <a href="/old">an old address</a>, <a href="/notes.txt">notes</a>,
<a href="/missing">nothing</a>, <a href="https://www.tornadoweb.org/">elsewhere</a>, <a href="mailto:a@b.example">mail</a>`)
  }
}

class PageHandler extends RequestHandler {
  override get({ number }: { number: string }) {
    const n = Number(number)
    if (!Number.isInteger(n) || n < 1 || n > PAGES) throw new HTTPError(404)
    const next = [n * 2, n * 2 + 1].filter((each) => each <= PAGES)
    const links = next.map((each) => `<a href="../page/${each}#top">page ${each}</a>`).join(', ')
    this.write(`<!doctype html><title>Page ${n}</title><h1 id="top">${n}</h1>${links} <a href="/">home</a>`)
  }
}

class OldHandler extends RequestHandler {
  override get() {
    this.redirect('/page/1', { permanent: true })
  }
}

class NotesHandler extends RequestHandler {
  override get() {
    this.setHeader('Content-Type', 'text/plain')
    this.write('<a href="/page/999">this is text, not a link</a>')
  }
}

export function startSite(): Promise<HTTPServer> {
  const silent = () => {}
  const logger = { debug: silent, info: silent, warn: silent, error: console.error }
  const rules = [
    route('/', HomeHandler),
    route('/page/:number', PageHandler),
    route('/old', OldHandler),
    route('/notes.txt', NotesHandler),
  ]
  return new Application(rules, { logger }).listen({ port: 0, host: '127.0.0.1' })
}
