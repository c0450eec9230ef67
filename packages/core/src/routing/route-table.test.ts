import { describe, expect, test } from 'vitest'
import { OptionError } from '../options.ts'
import { group, hostMatches, mount, type Rule, route } from './route.ts'
import { compileRules } from './route-table.ts'
import { fetchHandler, nodeListener } from './route-target.ts'

class Handler {
  initialize(_args: object): void {}
}
class NotAHandler {}
const listener = (): void => {}
const application = { handle: (): void => {}, reverseUrl: (): string => '' }

/** Rules as JavaScript may give them. */
function compile(...rules: readonly unknown[]): ReturnType<typeof compileRules> {
  return compileRules(rules as readonly Rule[])
}

describe('compileRules', () => {
  test.each<[string, unknown, object]>([
    ['a handler class', ['/', Handler], { kind: 'handler', handler: Handler, args: {} }],
    [
      'a handler class with arguments',
      ['/', Handler, { db: 1 }],
      { kind: 'handler', handler: Handler, args: { db: 1 } },
    ],
    ['an application', ['/', application], { kind: 'application', application }],
    ['a bare function', ['/', listener], { kind: 'node', listener }],
    ['nodeListener()', ['/', nodeListener(listener)], { kind: 'node', listener }],
    ['an object with fetch()', ['/', { fetch: listener }], { kind: 'fetch' }],
    ['fetchHandler()', ['/', fetchHandler(() => new Response())], { kind: 'fetch' }],
    ['an application that has fetch() as well', ['/', { ...application, fetch: listener }], { kind: 'application' }],
  ])('%s: its kind is found', (_, rule, target) => {
    expect(compile(rule)[0]?.target).toMatchObject(target)
  })

  test('a fetch target keeps its `this`', () => {
    const app = {
      text: 'hello',
      fetch(): Response {
        return new Response(this.text)
      },
    }
    const target = compile(['/', app])[0]?.target
    if (target?.kind !== 'fetch') throw new Error('expected a fetch target')
    expect(target.fetch(new Request('http://host/'))).toBeInstanceOf(Response)
  })

  test('groups and nested lists are laid out in order, with their place', () => {
    const outer = (): void => {}
    const inner = (): void => {}
    const entries = compileRules([
      ['/first', Handler],
      group([mount('/api/', [route('/users', Handler), group([['/:id', Handler]], { middleware: [inner] })])], {
        middleware: [outer],
      }),
      [/\/nested\/.*/, [[/\/nested\/a/, Handler]]],
      hostMatches('Example.com', [['/host', Handler, {}, 'host']]),
    ])
    expect(
      entries.map(({ place, source, prefix, name, middleware }) => ({ place, source, prefix, name, middleware })),
    ).toEqual([
      { place: '0', source: '/first', prefix: '', name: undefined, middleware: [] },
      { place: '1.0.0', source: '/api/users', prefix: '/api', name: undefined, middleware: [outer] },
      { place: '1.0.1.0', source: '/api/:id', prefix: '/api', name: undefined, middleware: [outer, inner] },
      { place: '2.0', source: '/nested/a', prefix: '', name: undefined, middleware: [] },
      { place: '3.0', source: '/host', prefix: '', name: 'host', middleware: [] },
    ])
    expect(String(entries[2])).toBe("rule 1.0.1.0 ['/:id', …]")
  })

  test.each<[string, unknown, string]>([
    ['a bad string pattern', ['/a(b', Handler], "rule 1 ['/a(b', …]: Unexpected ("],
    ['mixed groups', [/\/(?<a>x)(y)/, Handler], 'rule 1 [/\\/(?<a>x)(y)/, …]: it mixes named and positional groups'],
    ['a pattern of another type', [17, Handler], 'rule 1 [17, …]: the pattern must be a string or a RegExp'],
    [
      'a class that is no handler',
      ['/x', NotAHandler],
      "rule 1 ['/x', …]: NotAHandler is a class without initialize()",
    ],
    ['no target', ['/x', undefined], "rule 1 ['/x', …]: the target must be a handler class, a list of rules"],
    ['null', ['/x', null], 'got null'],
    ['an instance', ['/x', new NotAHandler()], 'got an object (NotAHandler)'],
    ['a text', ['/x', 'Handler'], 'got "Handler"'],
    [
      'one element',
      ['/x'],
      "rule 1 ['/x', …]: a rule has two to four elements, [pattern, target, args?, name?], got 1",
    ],
    ['five elements', ['/x', Handler, {}, 'x', 1], 'got 5'],
    ['no rule', '/x', 'rule 1 [undefined, …]: a rule is [pattern, target, args?, name?] or what route()'],
    ['null in place of a rule', null, 'rule 1 [undefined, …]: a rule is'],
    ['arguments that are no object', ['/x', Handler, 5], 'the arguments for initialize() must be one object, got 5'],
    ['a list of arguments', ['/x', Handler, [5]], 'must be one object'],
    ['arguments that nobody gets', ['/x', listener, {}], 'only a handler class takes arguments'],
    ['a name that is no text', ['/x', Handler, {}, 5], 'the name must be a text, got 5'],
    ['an empty name', ['/x', Handler, {}, ''], 'the name must be a text, got ""'],
    [
      'an unknown option',
      route('/x', Handler, {}, { nam: 'x' } as object),
      "rule 1 ['/x', …]: route() has no option nam; it has name",
    ],
    ['a named list', ['/x', [], undefined, 'x'], 'a list of rules takes neither arguments nor a name'],
    ['a list with arguments', ['/x', [], {}], 'a list of rules takes neither arguments nor a name'],
    ['inside a list', ['/x', [['/y', 5]]], "rule 1.0 ['/y', …]: the target must be"],
    ['inside a mount', mount('/x', [['/y(', Handler]]), "rule 1.0 ['/y(', …]: Unexpected ("],
    ['a mounted handler that is none', mount('/x', 5 as never), 'rule 1.0 [/\\/.*/s, …]: the target must be'],
    [
      'a prefix with params',
      mount('/:id', []),
      "rule 1 mount('/:id', …): the prefix must be fixed text that begins with '/'",
    ],
    ['a prefix without a slash', mount('x', []), "the prefix must be fixed text that begins with '/'"],
    ['rules of a group that are no list', group(5 as never), 'the rules must be an array'],
    [
      'unknown group option',
      group([], { middlewares: [] } as object),
      'rule 1 group(…): group() has no option middlewares',
    ],
    [
      'middleware that is no list',
      group([], { middleware: listener as never }),
      'middleware must be an array of functions',
    ],
    [
      'middleware that is no function',
      group([], { middleware: [5 as never] }),
      'middleware must be an array of functions',
    ],
    [
      'a host of another type',
      hostMatches(5 as never, []),
      'rule 1 hostMatches(5, …): the host must be a string or a RegExp',
    ],
  ])('%s: refused, with the place of the rule', (_, rule, message) => {
    expect(() => compile(['/fine', Handler], rule)).toThrow(OptionError)
    expect(() => compile(['/fine', Handler], rule)).toThrow(message)
  })

  test('rules that are no list: refused', () => {
    expect(() => compileRules({} as never)).toThrow('the rules must be an array')
  })

  test('a name that two rules have: refused, with both (Tornado warns and takes the later)', () => {
    const rules: Rule[] = [['/a', Handler, {}, 'x'], mount('/m', [['/b', Handler, {}, 'x']])]
    expect(() => compileRules(rules)).toThrow("rule 1.0 ['/b', …]: the name 'x' belongs to rule 0 ['/a', …] already")
  })
})
