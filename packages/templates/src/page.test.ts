import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TemplateNamespace } from '@typhoon/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Component } from './component.ts'
import { Templates } from './templates.ts'

let views: string

beforeEach(async () => {
  views = await mkdtemp(join(tmpdir(), 'typhoon-components-'))
})

afterEach(async () => {
  await rm(views, { recursive: true })
})

function namespace(data: object = {}): TemplateNamespace {
  return {
    handler: {},
    request: {},
    currentUser: 'ben',
    locale: {},
    _: (message) => message,
    pgettext: (_context, message) => message,
    staticUrl: (path) => `/static/${path}?v=1`,
    reverseUrl: (name) => name,
    xsrfFormHtml: () => '',
    ...data,
  }
}

class Entry extends Component {
  override render(title: string): string | Promise<string> {
    return this.renderString('entry', { title })
  }
  override css(): string {
    return '.entry {}'
  }
  override cssFiles(): string[] {
    return ['shared.css', 'entry.css']
  }
  override jsFiles(): string[] {
    return ['shared.js', 'https://cdn.example/x.js?a=1&b=2', '/abs.js']
  }
  override htmlBody(): string {
    return '<template></template>'
  }
}

class Editor extends Component {
  override async render(): Promise<string> {
    await Promise.resolve()
    return `<editor ${String(this.namespace.currentUser)}>`
  }
  override css(): string {
    return '.x::after { content: "</style>" }'
  }
  override js(): string {
    return 'x = "</script><!--"'
  }
  override cssFiles(): string[] {
    return ['shared.css', 'editor.css']
  }
  override jsFiles(): string[] {
    return ['shared.js']
  }
  override htmlHead(): string {
    return '<meta name="editor">'
  }
}

class Plain extends Component {
  override render(): string {
    return 'plain'
  }
}

async function render(source: string, data?: object): Promise<string> {
  await writeFile(join(views, 'entry.eta'), '<b><%= it.title %></b>')
  await writeFile(join(views, 'page.eta'), source)
  return await new Templates(views, { components: { Entry, Editor, Plain } }).render('page', namespace(data))
}

const HEAD_OF_ENTRY = [
  '<link rel="stylesheet" href="/static/shared.css?v=1">\n',
  '<link rel="stylesheet" href="/static/entry.css?v=1">\n',
  '<style>\n.entry {}\n</style>\n',
].join('')
const BODY_OF_ENTRY = [
  '<script src="/static/shared.js?v=1"></script>\n',
  '<script src="https://cdn.example/x.js?a=1&amp;b=2"></script>\n',
  '<script src="/abs.js"></script>\n',
  '<template></template>',
].join('')

describe('components (Tornado: UI modules)', () => {
  test('their HTML stands where they are used, their style and script once, in head and body', async () => {
    const html = await render(
      '<html><head><title></title></head><body><% for (const t of it.titles) { %><%~ component("Entry", t) %><% } %></body></html>',
      { titles: ['a', '<'] },
    )
    expect(html).toBe(
      `<html><head><title></title>${HEAD_OF_ENTRY}</head><body><b>a</b><b>&lt;</b>${BODY_OF_ENTRY}</body></html>`,
    )
  })

  test('several: in the order of first use, shared files once; asynchronous ones with await', async () => {
    const html = await render('<head></HEAD ><%~ await component("Editor") %><%~ component("Entry", 1) %></BODY>')
    expect(html).toBe(
      [
        '<head><link rel="stylesheet" href="/static/shared.css?v=1">\n',
        '<link rel="stylesheet" href="/static/editor.css?v=1">\n',
        '<link rel="stylesheet" href="/static/entry.css?v=1">\n',
        '<style>\n.x::after { content: "<\\/style>" }\n.entry {}\n</style>\n',
        '<meta name="editor"></HEAD ><editor ben><b>1</b>',
        BODY_OF_ENTRY.replace(
          '<template></template>',
          '<script>\nx = "\\x3C/script>\\x3C!--"\n</script>\n<template></template>',
        ),
        '</BODY>',
      ].join(''),
    )
  })

  test('a fragment, without head and body: both at its end', async () => {
    expect(await render('<%~ component("Entry", 1) %>!')).toBe(`<b>1</b>!${HEAD_OF_ENTRY}${BODY_OF_ENTRY}`)
  })

  test('a page that never opens its head: before the end of the body', async () => {
    expect(await render('<p><%~ component("Entry", 1) %></p></body>')).toBe(
      `<p><b>1</b></p>${HEAD_OF_ENTRY}${BODY_OF_ENTRY}</body>`,
    )
  })

  test('one that brings nothing changes nothing', async () => {
    expect(await render('<head></head><%~ component("Plain") %></body>')).toBe('<head></head>plain</body>')
  })

  test('cspNonce: on everything that a policy would stop', async () => {
    const html = await render('<head></head><%~ await component("Editor") %></body>', { cspNonce: 'n"1' })
    expect(html.match(/<(?:link|style|script)[^>]*>/g)).toEqual([
      '<link rel="stylesheet" href="/static/shared.css?v=1" nonce="n&quot;1">',
      '<link rel="stylesheet" href="/static/editor.css?v=1" nonce="n&quot;1">',
      '<style nonce="n&quot;1">',
      '<script src="/static/shared.js?v=1" nonce="n&quot;1">',
      '<script nonce="n&quot;1">',
    ])
  })

  test('an unknown one: the error says which there are', async () => {
    for (const name of ['None', 'constructor', '__proto__']) {
      await expect(render(`<%~ component("${name}") %>`)).rejects.toThrow(
        `no component ${name}; there are: Entry, Editor, Plain`,
      )
    }
  })

  test('an asynchronous one without await: an error that says so', async () => {
    await expect(render('<%~ component("Editor") %>')).rejects.toThrow('write await')
  })

  test('pages share nothing', async () => {
    const templates = new Templates(views, { components: { Entry } })
    await writeFile(join(views, 'entry.eta'), 'x')
    expect(templates.renderString('<%~ component("Entry") %>', namespace())).toContain('<style>')
    expect(templates.renderString('<head></head>', namespace())).toBe('<head></head>')
  })
})
