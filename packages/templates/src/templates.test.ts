import { mkdir, mkdtemp, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { TemplateNamespace } from '@typhoon/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Templates, type TemplatesOptions } from './templates.ts'

let root: string
let views: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'typhoon-templates-'))
  views = join(root, 'views')
  await mkdir(views)
})

afterEach(async () => {
  await rm(root, { recursive: true })
})

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(views, name)), { recursive: true })
    await writeFile(join(views, name), text)
  }
}

function namespace(data: object = {}): TemplateNamespace {
  return {
    handler: {},
    request: { path: '/here' },
    currentUser: 'ben',
    locale: { code: 'es' },
    _: (message) => `[${message}]`,
    pgettext: (context, message) => `[${context}|${message}]`,
    staticUrl: (path) => `/static/${path}?v=1`,
    reverseUrl: (name, params) => `/${name}/${Object.values(params ?? {}).join('/')}`,
    xsrfFormHtml: () => '<input type="hidden" name="_xsrf">',
    ...data,
  }
}

async function render(name: string, data?: object, options?: TemplatesOptions): Promise<string> {
  return await new Templates(views, options).render(name, namespace(data))
}

/** The error of a render that must fail, whether it throws or rejects. */
async function failure(name: string, options?: TemplatesOptions, data?: object): Promise<Error> {
  try {
    await render(name, data, options)
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error(`${name} was rendered`)
}

describe('what a template prints', () => {
  test.each([
    {
      source: '<%= it.text %>',
      data: { text: `<a href="x">'&'</a>` },
      html: '&lt;a href=&quot;x&quot;&gt;&#x27;&amp;&#x27;&lt;/a&gt;',
      why: 'escaped',
    },
    { source: '<%~ it.text %>', data: { text: '<b>' }, html: '<b>', why: 'raw, when asked for' },
    {
      source: '[<%= it.a %><%= it.b %><%~ it.c %>]',
      data: { a: null, b: undefined },
      html: '[]',
      why: 'nothing for null and undefined',
    },
    { source: '<%= 0 %> <%= false %>', data: {}, html: '0 false', why: 'values that are falsy' },
    {
      source: '<% for (const x of it.xs) { %><li><%= x %></li><% } %>',
      data: { xs: [1, 2] },
      html: '<li>1</li><li>2</li>',
      why: 'statements',
    },
    {
      source: '<%= currentUser %> <%= request.path %> <%= locale.code %>',
      data: {},
      html: 'ben /here es',
      why: 'the names of the namespace',
    },
    {
      source: `<%= _('Hi') %> <%= pgettext('menu', 'Open') %>`,
      data: {},
      html: '[Hi] [menu|Open]',
      why: 'translation',
    },
    {
      source: `<%= staticUrl('a.css') %> <%= reverseUrl('user', { id: 7 }) %>`,
      data: {},
      html: '/static/a.css?v=1 /user/7',
      why: 'URLs',
    },
    {
      source: '<%~ xsrfFormHtml() %>',
      data: {},
      html: '<input type="hidden" name="_xsrf">',
      why: 'HTML of the framework',
    },
    { source: '<%= it._("Hi") %> <%= it.currentUser %>', data: {}, html: '[Hi] ben', why: 'the same names, in it' },
    {
      source: '<% const request = 1, block = 2 %><%= request + block %>',
      data: {},
      html: '3',
      why: 'a name that is declared anew',
    },
    {
      source: '<script>x = <%~ json(it.x) %></script>',
      data: { x: '</script><!--' },
      html: '<script>x = "\\u003c/script\\u003e\\u003c!--"</script>',
      why: 'JSON that cannot end the script',
    },
    {
      source: '<a data-x="<%= json(it.x) %>">',
      data: { x: ['"'] },
      html: '<a data-x="[&quot;\\&quot;&quot;]">',
      why: 'JSON in an attribute',
    },
    {
      source: '<%~ linkify(it.x) %>',
      data: { x: '<www.example.com' },
      html: '&lt;<a href="http://www.example.com">www.example.com</a>',
      why: 'links',
    },
    { source: '<%~ "<b>" + escape("<") %>', data: {}, html: '<b>&lt;', why: 'escaping by hand' },
    {
      source: '<% if (it.x) %><%= 1 %><% [1].forEach((n) => { %><%= n + 1 %><% }) %>',
      data: {},
      html: '2',
      why: 'code without semicolons',
    },
    { source: 'a<% if (!it.more) return %>b', data: {}, html: 'a', why: 'a template may return early' },
    {
      source: "it's `$x` \\ <%= '`' %>",
      data: {},
      html: "it's `$x` \\ `",
      why: 'text with quotes, backticks and backslashes',
    },
  ])('$source: $why', async ({ source, data, html }) => {
    await write({ 'page.eta': source })
    expect(await render('page', data)).toBe(html)
    expect(await new Templates(views).renderString(source, namespace(data))).toBe(html)
  })

  test('autoescape off: text as it is, for mail', async () => {
    await write({ 'mail.txt': '<%= it.a %> & <%~ it.a %>' })
    expect(await render('mail.txt', { a: '<' }, { autoescape: false })).toBe('< & <')
  })

  test('nothing to wait for: a string, not a promise', async () => {
    await write({ 'page.eta': 'x' })
    expect(new Templates(views).render('page', namespace())).toBe('x')
  })

  test('await: a promise, also in partials and layouts', async () => {
    await write({
      'base.eta': '<<%~ await it.body %>|<%= await Promise.resolve(2) %>>',
      'page.eta': '<% layout("base") %><%~ await include("part") %>',
      'part.eta': '<% for (const x of [1, 2]) { %><%= await Promise.resolve(x) %><% } %>',
    })
    expect(await render('page')).toBe('<12|2>')
  })

  test('a promise that nobody awaits: an error that says so, and no second one if it fails', async () => {
    await write({ 'page.eta': '<%= it.later() %>' })
    const error = await failure('page', {}, { later: () => Promise.reject(new Error('unseen')) })
    expect(error).toMatchObject({ message: expect.stringContaining('write await'), line: 1 })
  })

  test('an undeclared variable: an error, not a global for the next request', async () => {
    await write({ 'page.eta': '<% leaked = 1 %>' })
    expect((await failure('page')).message).toContain('leaked is not defined')
  })
})

describe('layouts, blocks and partials', () => {
  test('the page is the body of its layout; the layout sees its data, then the page’s', async () => {
    await write({
      'base.eta': '<title><%= it.title %></title><%~ it.body %><%= it.user %>',
      'page.eta': '<% layout("base", { title: "Hi" }) %><p><%= it.title %></p>',
    })
    expect(await render('page', { title: 'page', user: 'u', body: '<x>' })).toBe('<title>Hi</title><p>page</p>u')
  })

  test('blocks: what the page fills, or what the layout has; the innermost template has the last word', async () => {
    await write({
      'base.eta':
        '<%~ block("a", () => { %>base a<% }) %>,<%~ block("b", () => { %>base b<% }) %>,<%~ block("c") %>;<%~ it.body %>',
      'middle.eta': `<% layout('base') %><%~ block('a', () => { %>middle a<% }) %><%~ block('b', () => { %>middle b [<%~ block('inner', () => { %>unfilled<% }) %>]<% }) %><%~ it.body %>`,
      'page.eta':
        '<% layout("middle") %><%~ block("a", () => { %>page a<% }) %><%~ block("inner", () => { %>page inner<% }) %>rest',
    })
    expect(await render('middle', { body: '' })).toBe('middle a,middle b [unfilled],;')
    expect(await render('page')).toBe('page a,middle b [page inner],;rest')
  })

  test('a block that awaits', async () => {
    await write({
      'base.eta': '<%~ block("a") %>;<%~ it.body %>',
      'page.eta': '<% layout("base") %>x<%~ await block("a", async () => { %><%= await Promise.resolve(1) %><% }) %>y',
    })
    expect(await render('page')).toBe('1;xy')
  })

  test('include sees the data of the page, with its own in front; capture gives text', async () => {
    await write({
      'page.eta':
        '<%~ include("part", { b: 2 }) %> <%= it.b %> <% const html = capture(() => { %><i><% }) %><%= html %>',
      'part.eta': '<%= it.a %><%= it.b %>',
    })
    expect(await render('page', { a: 1, b: 1 })).toBe('12 1 &lt;i&gt;')
  })

  test('names: from the directory, or with ./ and ../ from the template that uses them', async () => {
    await write({
      'page.eta': '<%~ include("blog/entry") %>',
      'blog/entry.eta': '<%~ include("./author") %> <%~ include("../footer.html") %> <%~ include("footer.html") %>',
      'blog/author.eta': 'author',
      'footer.html': 'footer',
    })
    expect(await render('page')).toBe('author footer footer')
  })

  test('a template that includes itself: an error instead of a full stack', async () => {
    await write({ 'page.eta': '<%~ include("page") %>', 'loop.eta': '<% layout("loop") %>' })
    expect((await failure('page')).message).toContain('more than 100 deep')
    expect((await failure('loop')).message).toContain('more than 100 deep')
  })
})

describe('data is only data', () => {
  test.each([
    { data: { __blocks: { a: '<script>' }, blocks: { a: '<script>' } }, why: 'blocks' },
    { data: { include: 'x', layout: 'x', block: 'x', json: 'x', component: 'x' }, why: 'functions of templates' },
    { data: JSON.parse('{"__proto__": {"a": "<script>"}}') as object, why: 'prototypes' },
  ])('$data: cannot replace $why', async ({ data }) => {
    await write({
      'base.eta': '<%~ block("a", () => { %>own<% }) %><%~ block("toString") %><%~ block("constructor") %>',
      'page.eta': '<% layout("base", it.given) %><%~ include("part", it.given) %>',
      'part.eta': '<%~ json(1) %><%= it.a %>',
    })
    expect(await render('page', { ...data, given: data })).toBe('own')
    expect(Object.hasOwn(Object.prototype, 'a')).toBe(false)
  })

  test('__proto__ in the data of a partial is a name like any other', async () => {
    await write({
      'page.eta': '<%~ include("part", it.given) %>',
      'part.eta': '<%= it.admin %>|<%= it["__proto__"].admin %>',
    })
    expect(await render('page', { given: JSON.parse('{"__proto__": {"admin": true}}') })).toBe('|true')
  })
})

describe('names stay inside the directory', () => {
  test.each([
    '',
    '.',
    '..',
    '../secret.txt',
    './../secret.txt',
    'a/../../secret.txt',
    '/etc/passwd',
    '..\\secret.txt',
    'page\0.eta',
    'link.txt',
    'linked/secret.txt',
  ])('%j: refused by name', async (name) => {
    await write({ 'page.eta': 'page', 'user.eta': '<%~ include(it.name) %>' })
    await writeFile(join(root, 'secret.txt'), 'secret')
    await symlink(join(root, 'secret.txt'), join(views, 'link.txt'))
    await symlink(root, join(views, 'linked'))
    const error = await failure(name)
    expect(error).toMatchObject({
      code: 'TYPHOON_TEMPLATE',
      template: name,
      message: expect.stringContaining(JSON.stringify(name)),
    })
    expect((await failure('user', {}, { name })).message).toContain(JSON.stringify(name))
  })

  test('a link to another template of the directory is followed', async () => {
    await write({ 'page.eta': 'page' })
    await symlink(join(views, 'page.eta'), join(views, 'alias.eta'))
    expect(await render('alias')).toBe('page')
  })

  test('a directory with a name like the beginning of another is not inside it', async () => {
    await mkdir(join(root, 'views-private'))
    await writeFile(join(root, 'views-private', 'x.eta'), 'private')
    await symlink(join(root, 'views-private', 'x.eta'), join(views, 'x.eta'))
    expect((await failure('x')).message).toContain('inside the template directory')
  })

  test('a missing template: the error says what was looked for, and where it was used', async () => {
    await write({ 'page.eta': '\n  <%~ include("none") %>' })
    expect((await failure('none')).message).toBe(`no template "none.eta": looked for ${join(views, 'none.eta')}`)
    const error = await failure('page')
    expect(error.message).toMatch(/page\.eta:2:\d+: no template "none\.eta": looked for /)
  })

  test('a directory, as URL too; one that is not there fails at once', async () => {
    await write({ 'page.eta': 'page' })
    expect(new Templates(pathToFileURL(`${views}/`)).render('page', namespace())).toBe('page')
    expect(() => new Templates(join(root, 'none'))).toThrow('ENOENT')
    expect(() => new Templates(join(views, 'page.eta'))).toThrow('is not a directory')
    await mkdir(join(views, 'folder.eta'))
    expect((await failure('folder')).message).toContain('is not a file')
  })
})

describe('reading files again', () => {
  /** Sets a time that differs for sure, whatever the resolution of the file system. */
  async function change(name: string, text: string): Promise<void> {
    const { mtimeMs } = await stat(join(views, name))
    await writeFile(join(views, name), text)
    await utimes(join(views, name), new Date(), new Date(mtimeMs + 5000))
  }

  test('by default a template is compiled once, however many pages ask for it at the same time', async () => {
    await write({ 'page.eta': '<%~ await include("part") %>', 'part.eta': '<%= await it.value %>' })
    const templates = new Templates(views)
    const pages = Array.from({ length: 20 }, async (_, value) => await templates.render('page', namespace({ value })))
    await change('part.eta', 'new')
    expect(await Promise.all(pages)).toEqual(Array.from({ length: 20 }, (_, value) => String(value)))
    expect(await templates.render('page', namespace({ value: 1 }))).toBe('1')
  })

  test.each(['base.eta', 'page.eta', 'part.eta'])('reload: a change of %s shows', async (name) => {
    await write({
      'base.eta': '1<%~ it.body %>',
      'page.eta': '<% layout("base") %>2<%~ include("part") %>',
      'part.eta': '3',
    })
    const templates = new Templates(views, { reload: true })
    expect(await templates.render('page', namespace())).toBe('123')
    await change(name, 'changed')
    expect(await templates.render('page', namespace())).toContain('changed')
  })

  test('reload: another file in its place, with the same size and time, shows', async () => {
    await write({ 'page.eta': 'old', 'other.eta': 'new' })
    const time = new Date(1_700_000_000_000)
    for (const name of ['page.eta', 'other.eta']) await utimes(join(views, name), time, time)
    const templates = new Templates(views, { reload: true })
    expect(await templates.render('page', namespace())).toBe('old')
    await rename(join(views, 'other.eta'), join(views, 'page.eta'))
    expect(await templates.render('page', namespace())).toBe('new')
  })

  test('reload: a broken template that was mended works', async () => {
    await write({ 'page.eta': '<% if ( %>' })
    const templates = new Templates(views, { reload: true })
    expect(() => templates.render('page', namespace())).toThrow('SyntaxError')
    await change('page.eta', 'fine')
    expect(await templates.render('page', namespace())).toBe('fine')
  })
})

describe('options', () => {
  test('a byte order mark is no part of the text', async () => {
    await write({ 'page.eta': '\uFEFFx' })
    expect(await render('page')).toBe('x')
  })

  test('extension: added where a name has none', async () => {
    await write({ 'page.html': 'html' })
    expect(await render('page', {}, { extension: '.html' })).toBe('html')
  })

  test.each([
    { options: { cache: true }, message: 'TemplatesOptions has no option cache' },
    { options: { reload: 'yes' }, message: 'reload must be a boolean' },
    { options: { extension: 1 }, message: 'extension must be a string' },
    { options: { components: { Entry: 'x' } }, message: 'components.Entry must be a function' },
  ])('$options: $message', ({ options, message }) => {
    expect(() => new Templates(views, options as unknown as TemplatesOptions)).toThrow(message)
  })
})
