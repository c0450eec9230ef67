import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Application, RequestHandler, route } from '@typhoon/core'
import { testServer } from '@typhoon/core/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadTranslations } from './catalogue/load.ts'
import { Component } from './component.ts'
import { Templates } from './templates.ts'

let root: string

class Greeting extends Component {
  override render(name: string): string | Promise<string> {
    return this.renderString('greeting', { name })
  }
  override css(): string {
    return 'b { color: red }'
  }
}

class PageHandler extends RequestHandler {
  override get(params: { name: string }): Promise<void> {
    return this.render('page', params)
  }
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'typhoon-render-'))
  const files = {
    'views/base.eta': '<html lang="<%= locale.code %>"><head></head><body><%~ it.body %></body></html>',
    'views/page.eta': `<% layout('base') %><%~ component('Greeting', it.name) %> <%= request.path %> <%= reverseUrl('page', { name: 'x' }) %>`,
    'views/greeting.eta': `<b><%= _('Hello') %>, <%= it.name %></b>`,
    'locale/es.csv': 'Hello,Hola',
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), text)
  }
})

afterAll(async () => {
  await rm(root, { recursive: true })
})

test('render() of a handler: namespace, language of the browser, layout and component, on the wire', async () => {
  const app = new Application([route('/hi/:name', PageHandler, {}, { name: 'page' })], {
    templates: new Templates(join(root, 'views'), { components: { Greeting } }),
    locales: await loadTranslations(join(root, 'locale')),
    logger: false,
  })
  await using server = await testServer(app)
  const response = await server.fetch('/hi/%3Ci%3E', { headers: { 'Accept-Language': 'es-MX, en;q=0.5' } })
  expect(await response.text()).toBe(
    '<html lang="es"><head><style>\nb { color: red }\n</style>\n</head><body><b>Hola, &lt;i&gt;</b> /hi/%3Ci%3E /hi/x</body></html>',
  )
  expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8')
})
