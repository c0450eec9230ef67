import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HTTPError, type TemplateNamespace } from '@typhoon/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TemplateError } from './template-error.ts'
import { Templates } from './templates.ts'

let views: string

beforeAll(async () => {
  views = await mkdtemp(join(tmpdir(), 'typhoon-errors-'))
})

afterAll(async () => {
  await rm(views, { recursive: true })
})

const namespace: TemplateNamespace = {
  handler: {},
  request: {},
  currentUser: null,
  locale: {},
  _: (message) => message,
  pgettext: (_context, message) => message,
  staticUrl: (path) => path,
  reverseUrl: (name) => name,
  xsrfFormHtml: () => '',
  fail: () => {
    throw new Error('called')
  },
  failLater: async () => {
    await Promise.resolve()
    throw new Error('later')
  },
  forbid: () => {
    throw new HTTPError(403)
  },
}

async function errorOf(source: string, reload = true): Promise<TemplateError> {
  await writeFile(join(views, 'page.eta'), source)
  try {
    await new Templates(views, { reload }).render('page', namespace)
  } catch (error) {
    if (error instanceof TemplateError) return error
    throw error
  }
  throw new Error('the template was rendered')
}

/** `^` in a source marks the place that the error must name; it is not part of the template. */
describe('an error names file, line and column', () => {
  test.each([
    { source: '<h1>\n<%= it.user.^name %>', message: 'Cannot read properties of undefined', why: 'a missing member' },
    { source: 'a <%~ 1 %> b <%= ^missing %>', message: 'missing is not defined', why: 'the second tag of a line' },
    { source: 'missing <% %><%= ^missing %>', message: 'missing is not defined', why: 'the same words in the text' },
    {
      source: '<%\n\n  const a = {}\n  a.b.^c()\n%>',
      message: 'Cannot read properties',
      why: 'a line within a long tag',
    },
    { source: 'a\r\nb <%= ^missing %>\r\n', message: 'missing is not defined', why: 'Windows line ends' },
    { source: "it's\n`x`\n\\<%= it.^fail() %>", message: 'called', why: 'an error of a function that it calls' },
    { source: 'x\n<% for (const x of [1]) { %>\n<%= x.y.^z %><% } %>', message: 'Cannot read', why: 'inside a loop' },
    { source: 'x\n<%= await 1 %><%= ^missing %>', message: 'missing', why: 'after an await' },
    { source: 'x\n<% const a = ^; %>', message: 'SyntaxError: Unexpected token', why: 'a syntax error' },
    { source: 'x\n<%= a ^b %>', message: 'SyntaxError', why: 'a syntax error in an expression' },
    { source: 'x\n<%~ 1\n + ^) %>', message: 'SyntaxError', why: 'a syntax error in the second line of a tag' },
    { source: 'x\ny ^<%= a', message: 'SyntaxError: unclosed tag', why: 'a tag without end' },
    { source: "x\n<%= ^'a %>", message: 'SyntaxError: unclosed string', why: 'a string without end' },
    {
      source: '<%~ it.^component %>\n<%~ ^component("None") %>',
      message: 'no component None',
      why: 'an unknown component',
    },
  ])('$source: $why', async ({ source, message }) => {
    const mark = source.lastIndexOf('^')
    const template = source.replaceAll('^', '')
    const before = source.slice(0, mark).replaceAll('^', '')
    const error = await errorOf(template)
    expect(error.message).toContain(message)
    expect({ line: error.line, column: error.column }).toEqual({
      line: before.split('\n').length,
      column: before.length - before.lastIndexOf('\n'),
    })
    expect(error).toMatchObject({ name: 'TemplateError', code: 'TYPHOON_TEMPLATE', template: 'page.eta' })
    expect(error.file).toBe(join(views, 'page.eta'))
    expect(error.message.startsWith(`${error.file}:${error.line}:${error.column}: `)).toBe(true)
    expect(error.cause).toBeInstanceOf(Error)
  })

  test('a rejected promise: the line of its await', async () => {
    const error = await errorOf('x\n<%\n it.a\n await it.failLater()\n%>')
    expect(error).toMatchObject({ line: 4, message: expect.stringContaining('Error: later') })
  })

  test('an error without a stack: the beginning of the tag', async () => {
    const error = await errorOf('x\n  <% throw "text" %>')
    expect(error).toMatchObject({ line: 2, cause: 'text' })
  })

  test('an error in a partial or layout names that file', async () => {
    await writeFile(join(views, 'part.eta'), '\n\n<%= it.a.b %>')
    for (const source of ['<%~ include("part") %>', '<% layout("part") %>', '<%~ await include("part") %>']) {
      expect(await errorOf(source)).toMatchObject({ file: join(views, 'part.eta'), line: 3, template: 'part.eta' })
    }
  })

  test('an HTTPError passes through: it is an answer', async () => {
    await expect(errorOf('<% it.forbid() %>')).rejects.toMatchObject({ name: 'HTTPError', status: 403 })
  })
})

describe('the excerpt', () => {
  const source = 'one\ntwo\nthree\n\t<%= missing %>\nfive\nsix\nseven\neight\n'
  const excerpt = [
    '  1 | one',
    '  2 | two',
    '  3 | three',
    '> 4 | \t<%= missing %>',
    '    | \t    ^',
    '  5 | five',
    '  6 | six',
    '  7 | seven',
  ].join('\n')

  test('reload: at the end of the message, for the error page', async () => {
    const error = await errorOf(source)
    expect(error.message).toBe(`${error.file}:4:6: ReferenceError: missing is not defined\n\n${excerpt}\n`)
  })

  test('otherwise: a message of one line, for the log', async () => {
    const error = await errorOf(source, false)
    expect(error.message).toBe(`${error.file}:4:6: ReferenceError: missing is not defined`)
    expect(error.excerpt).toBe(excerpt)
  })
})
