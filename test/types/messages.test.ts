import { expect, test } from 'vitest'
import { compile } from './compile.ts'

const PREAMBLE = `
import { Application, RequestHandler, route } from '@typhoon/core'
class Plain extends RequestHandler { override get() {} }
class ByNumber extends RequestHandler { override get(_params: { id: number }) {} }
class Positional extends RequestHandler { override get(_id: string) {} }
class Two extends RequestHandler { override get(_id: string, _tab: string) {} }
class PostsNumber extends RequestHandler { override post(_id: number) {} }
class WithDatabase extends RequestHandler { override initialize(_args: { url: string }) {} }
route('/user/:id', Plain)
const app = new Application([route('/user/:id', Plain, {}, { name: 'user' }), ['/', Plain, {}, 'home']])
`

test('mistakes in rules: the errors say what is taken and what is given', { timeout: 120_000 }, async () => {
  const cases = [
    [
      "route('/user/:id', ByNumber)",
      `Mismatch<"get() takes", { id: number; }, "but '/user/:id' gives", { id: string; }>`,
    ],
    ["route('/user/:id', Positional)", `Mismatch<"get() takes", string, "but '/user/:id' gives", { id: string; }>`],
    [
      "route('/a/:b/*c{/:d}', Positional)",
      `Mismatch<"get() takes", string, "but '/a/:b/*c{/:d}' gives", { b: string; c: string[]; d?: string; }>`,
    ],
    [
      "route('/user/:id', Two)",
      `Mismatch<"get() takes", [_id: string, _tab: string], "but '/user/:id' gives", [{ id: string; }]>`,
    ],
    ["route('/user', Positional)", `Mismatch<"get() takes", [_id: string], "but '/user' gives", []>`],
    [
      'route(/(x)/, PostsNumber)',
      `Mismatch<"post() takes", [_id: number], "but a RegExp gives", string[] | { [group: string]: string; }>`,
    ],
    [
      "route('/', WithDatabase)",
      `Mismatch<"initialize() takes", { url: string; }, "but the rule gives", "no arguments">`,
    ],
    ["route('/', WithDatabase, { url: 5 })", "Type 'number' is not assignable to type 'string'"],
    ["route('/', Plain, { url: 5 })", "'url' does not exist in type 'InitializeTakesNoArguments'"],
    [
      "route('/', Plain, {}, { nam: 'x' })",
      "'nam' does not exist in type 'RouteOptions<never>'. Did you mean to write 'name'?",
    ],
    ["new Application([['/', 5]])", "Type 'number' is not assignable to type 'RuleTarget'"],
    ["app.reverseUrl('usr')", `Argument of type '"usr"' is not assignable to parameter of type '"home" | "user"'`],
    ["app.reverseUrl('user', { i: 5 })", "'i' does not exist in type '{ id: PathValue; }'"],
    ["app.reverseUrl('user', { id: true })", "Type 'boolean' is not assignable to type 'PathValue'"],
  ] as const
  const { errors } = await compile(`${PREAMBLE}${cases.map(([code]) => code).join('\n')}\n`)
  const firstLine = PREAMBLE.split('\n').length
  const messages = cases.map(([code], index) => [code, errors.get(firstLine + index)])
  expect(messages).toEqual(cases.map(([code, message]) => [code, expect.stringContaining(message)]))
  expect(errors.size).toBe(cases.length) // none in the lines before, which are correct
})
