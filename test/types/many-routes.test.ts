import { expect, test } from 'vitest'
import { compile } from './compile.ts'

/** A table of `count` typed rules, each with its handler, its name and a URL made for it. */
function program(count: number): string {
  const numbers = Array.from({ length: count }, (_, index) => index)
  return `
import { Application, RequestHandler, route } from '@typhoon/core'
${numbers.map((n) => `class Handler${n} extends RequestHandler { override get({ id${n} }: { id${n}: string }) { return id${n} } }`).join('\n')}
export const app = new Application([
${numbers.map((n) => `  route('/section${n}/:id${n}{/page}', Handler${n}, {}, { name: 'name${n}' }),`).join('\n')}
])
${numbers.map((n) => `app.reverseUrl('name${n}', { id${n}: ${n} })`).join('\n')}
`
}

test('500 rules cost the compiler for each rule what 50 do', { timeout: 180_000 }, async () => {
  const none = await compile(program(0))
  const few = await compile(program(50))
  const many = await compile(program(500))
  expect([...few.errors, ...many.errors]).toEqual([])
  const perRule = {
    few: (few.instantiations - none.instantiations) / 50,
    many: (many.instantiations - none.instantiations) / 500,
  }
  expect(perRule.many).toBeLessThan(perRule.few * 1.1)
  expect(perRule.many).toBeLessThan(1_500)
})
