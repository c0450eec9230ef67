import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HTTPError } from '../errors.ts'
import { PathPattern, type PatternInput } from './path-pattern.ts'
import { ReverseURLError } from './reverse-url.ts'
import { group, hostMatches, mount, type Rule, type RuleTarget, route } from './route.ts'
import { Router } from './router.ts'

class Handler {
  initialize(): void {}
}
const listener = (): void => {}

/** The place of the rule that a path leads to. */
function placeFor(rules: readonly Rule[], path: string, host?: string): string | undefined {
  return new Router(rules).find(path, host)?.entry.place
}

describe('find: the first match in table order (Tornado: RuleRouter)', () => {
  test.each<[string, readonly Rule[], string, string | undefined]>([
    [
      'a literal before a param',
      [
        ['/new', Handler],
        ['/:id', Handler],
      ],
      '/new',
      '0',
    ],
    [
      'a param before a literal',
      [
        ['/:id', Handler],
        ['/new', Handler],
      ],
      '/new',
      '0',
    ],
    [
      'a catch-all first',
      [
        [/.*/, Handler],
        ['/new', Handler],
      ],
      '/new',
      '0',
    ],
    [
      'a catch-all last',
      [
        ['/new', Handler],
        [/.*/, Handler],
      ],
      '/new',
      '0',
    ],
    [
      'the catch-all',
      [
        ['/new', Handler],
        [/.*/, Handler],
      ],
      '/old',
      '1',
    ],
    ['no match', [['/new', Handler]], '/old', undefined],
    ['an empty table', [], '/', undefined],
    [
      'a double slash',
      [
        ['/', Handler],
        [/\/\/double/, Handler],
      ],
      '//double',
      '1',
    ],
    [
      'the asterisk of OPTIONS',
      [
        ['/', Handler],
        [/\*/, Handler],
      ],
      '*',
      '1',
    ],
    [
      'a path that ends inside fixed text',
      [
        ['/abcd', Handler],
        ['/abcx', Handler],
      ],
      '/abc',
      undefined,
    ],
    [
      'a nested list',
      [
        [
          /\/a\/.*/,
          [
            ['/a/x', Handler],
            ['/a/y', Handler],
          ],
        ],
      ],
      '/a/y',
      '0.1',
    ],
    ['inner patterns see the whole path', [[/\/a\/.*/, [['/x', Handler]]]], '/a/x', undefined],
    ['the outer pattern counts as well', [[/\/a\/.*/, [['/b', Handler]]]], '/b', undefined],
    [
      'nothing inside: the search goes on',
      [
        [/\/a\/.*/, [['/a/x', Handler]]],
        ['/a/y', Handler],
      ],
      '/a/y',
      '1',
    ],
    ['a mounted list', [mount('/api', [['/users', Handler]])], '/api/users', '0.0'],
    ['a mounted list, without its prefix', [mount('/api', [['/users', Handler]])], '/users', undefined],
    [
      'nothing in a mounted list: the search goes on',
      [mount('/api', [['/x', Handler]]), [/.*/, Handler]],
      '/api/y',
      '1',
    ],
    ['a prefix ends at a slash', [mount('/api', [[/.*/, Handler]])], '/apiary', undefined],
    ['nothing below the prefix', [mount('/api', [['/', Handler]])], '/api', '0.0'],
    ['a slash below the prefix', [mount('/api', [['/', Handler]])], '/api/', '0.0'],
    ['mounts in one another', [mount('/a', [mount('/b/', [['/c', Handler]])])], '/a/b/c', '0.0.0'],
    ['nothing below either', [mount('/a', [mount('/b', [['/', Handler]])])], '/a/b', '0.0.0'],
    ['a mount at the root', [mount('/', [['/c', Handler]])], '/c', '0.0'],
    ['a listener below a prefix', [mount('/old', listener)], '/old/a/b', '0.0'],
    ['a listener at its prefix', [mount('/old', listener)], '/old', '0.0'],
    ['a prefix outside ASCII', [mount('/é', [['/x', Handler]])], '/%C3%A9/x', '0.0'],
    ['a condition inside a mount', [mount('/a', [[/\/b.*/, [['/bc', Handler]]]])], '/a/bc', '0.0.0'],
    ['a group', [group([['/x', Handler]])], '/x', '0.0'],
  ])('%s', (_, rules, path, place) => {
    expect(placeFor(rules, path)).toBe(place)
  })

  const byHost: readonly Rule[] = [
    hostMatches('api.example.com', [['/', Handler]]),
    hostMatches(/.*\.example\.com|localhost/, [['/', Handler]]),
    ['/', Handler],
  ]
  test.each([
    ['api.example.com', '0.0', 'the name exactly'],
    ['www.example.com', '1.0', 'the expression'],
    ['localhost', '1.0', 'its other alternative'],
    ['localhost.evil.com', '2', 'which is anchored'],
    ['', '2', 'a request without a host'],
  ])('host %j: rule %s, %s', (host, place) => {
    expect(placeFor(byHost, '/', host)).toBe(place)
  })

  test('the host of one request says nothing about the next', () => {
    const router = new Router(byHost)
    const hosts = ['api.example.com', 'other', 'api.example.com']
    expect(hosts.map((host) => router.find('/', host)?.entry.place)).toEqual(['0.0', '2', '0.0'])
  })

  test('a mounted rule captures from the rest of the path', () => {
    const match = new Router([mount('/api', [['/user/:id', Handler]])]).find('/api/user/%C3%A9')
    expect({ ...match?.decode().pathParams }).toEqual({ id: 'é' })
  })

  test.each<[string, Rule, string, object]>([
    ['one segment', ['/:id', Handler], '/a', { id: 'a' }],
    ['several, some encoded', ['/:a/x/:b', Handler], '/%C3%A9/x/%2Fb+', { a: 'é', b: '/b+' }],
    ['fixed text after the last', ['/:id/edit', Handler], '/a%20b/edit', { id: 'a b' }],
    ['the rest of a segment', ['/user-:id', Handler], '/user-7', { id: '7' }],
    ['an escape that is none', ['/:id', Handler], '/100%', { id: '100%' }],
    ['named __proto__', [/\/(?<__proto__>[^/]+)\/x/, Handler], '/a/x', JSON.parse('{"__proto__":"a"}')],
    ['mounts in one another', mount('/a', [mount('/bc', [['/:x/:y', Handler]])]), '/a/bc/1/2', { x: '1', y: '2' }],
    ['an optional one', ['/page{/:id}', Handler], '/page/3', { id: '3' }],
  ])('%s: its params by name, without a prototype', (_, rule, path, params) => {
    const found = new Router([rule]).find(path)?.decode().pathParams
    expect(['constructor', 'toString'].filter((name) => name in (found ?? {}))).toEqual([])
    expect(Object.entries(found ?? {})).toEqual(Object.entries(params))
  })

  test.each<[string, RegExp, string, readonly (string | undefined)[]]>([
    ['whole segments', /\/([^/]+)\/x\/([^/]+)/, '/a%20b/x/c', ['a b', 'c']],
    ['a group in a group', /\/(([^/]+))\/x/, '/a/x', ['a', 'a']],
    ['a group that is all of the rest', /\/(([^/]+))/, '/a', ['a', 'a']],
    ['a group that takes no part', /\/a(?:\/([^/]+))?/, '/a', [undefined]],
  ])('%s: one argument for each group', (_, pattern, path, args) => {
    expect(new Router([[pattern, Handler]]).find(path)?.decode().pathArgs).toEqual(args)
  })

  test.each(['//x/b', '/a/x/', '/a//b', '/a/x/b/', '/a/x/b/c'])('%s: an empty segment or one too many', (path) => {
    expect(placeFor([['/:a/x/:b', Handler]], path)).toBeUndefined()
  })

  test('an empty segment: the rule that takes it, though an earlier one looks alike', () => {
    const rules: readonly Rule[] = [
      ['/:a/:b', Handler],
      [/\/([^/]*)\/([^/]*)/, Handler],
    ]
    expect(['/x/y', '//y', '/x/'].map((path) => placeFor(rules, path))).toEqual(['0', '1', '1'])
  })

  test('bytes that are not UTF-8: found, so that the rule can answer 400', () => {
    const match = new Router([['/user/:id', Handler]]).find('/user/%FF')
    expect(match?.entry.place).toBe('0')
    expect(() => match?.decode()).toThrow(expect.objectContaining({ status: 400 }))
  })
})

test('table: the rules in order, as they are printed', () => {
  const router = new Router([['/a', Handler], mount('/m', [[/\/(\d+)/, Handler, {}, 'b']])])
  expect(router.table().map(({ source, name }) => [source, name])).toEqual([
    ['/a', undefined],
    ['/m/(\\d+)', 'b'],
  ])
})

describe('names', () => {
  const router = new Router([
    route('/user/:id', Handler, {}, { name: 'user' }),
    mount('/api', [[/\/story\/(\d+)/, Handler, {}, 'story']]),
    ['/unnamed', Handler],
  ])

  test('a name leads to a path, prefixes included', () => {
    expect([router.reverseUrl('user', { id: 7 }), router.reverseUrl('story', 17)]).toEqual(['/user/7', '/api/story/17'])
    expect(router.named('story')?.source).toBe('/api/story/(\\d+)')
  })

  test.each(['nobody', 'toString', '__proto__'])('%s: unknown, the error lists the names', (name) => {
    expect(() => router.reverseUrl(name)).toThrow(ReverseURLError)
    expect(() => router.reverseUrl(name)).toThrow(`no rule has the name "${name}"; the names are: user, story`)
    expect(router.named(name)).toBeUndefined()
  })
})

/** A match, or the status that decoding its arguments ends in. */
interface Outcome {
  readonly place: string
  readonly args: unknown
}

/** What the table must do, rule by rule. */
function linearScan(rules: readonly Rule[], path: string, host: string, place = ''): Outcome | undefined {
  for (const [index, rule] of rules.entries()) {
    const found = tryRule(rule, path, host, place === '' ? String(index) : `${place}.${index}`)
    if (found !== undefined) return found
  }
  return undefined
}

function tryRule(rule: Rule, path: string, host: string, place: string): Outcome | undefined {
  if ('kind' in rule && rule.kind === 'group') {
    const prefix = (rule.prefix ?? '').replace(/\/$/, '')
    if (rule.host !== undefined && rule.host !== host) return undefined
    if (path !== prefix && !path.startsWith(prefix === '' ? '' : `${prefix}/`)) return undefined
    const rest = prefix === '' ? path : path.slice(prefix.length) || '/'
    return linearScan(rule.rules, rest, host, place)
  }
  const [pattern, target] = 'kind' in rule ? [rule.pattern, rule.target] : rule
  const match = regexpOf(pattern).exec(path)
  if (match === null) return undefined
  if (Array.isArray(target)) return linearScan(target, path, host, place)
  return { place, args: valueOrStatus(() => new PathPattern(pattern).decode(match)) }
}

function valueOrStatus(decode: () => unknown): unknown {
  try {
    return decode()
  } catch (error) {
    return (error as HTTPError).status
  }
}

function regexpOf(pattern: PatternInput): RegExp {
  if (typeof pattern === 'string') return new PathPattern(pattern).regexp
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags)
}

function isUsable(make: () => unknown): boolean {
  try {
    make()
    return true
  } catch {
    return false
  }
}

const regexpParts = [
  String.raw`/ / /a /b a b A \/ \. . é - | ^ $ \b (?=/) (?!a) (?<=/)`,
  String.raw`([^/]+) ([^/]*) (\w+) ([^\/]+?) (.*) (.+?) [ab] [^a] ([a-c/]) [\]/] \d \S \x61`,
  String.raw`a? b* /? /+ (a|b) (a|/b) (?:/a)? (?:/([^/]+))* (?:ab)+ (?:/a){2} a{1,2} b{0} (a)\1 () (([^/]+))`,
].flatMap((parts) => parts.split(' '))
const regexps = fc
  .tuple(
    fc.array(fc.constantFrom(...regexpParts), { maxLength: 6 }),
    fc.constantFrom('', '', '', 'i', 's', 'u', 'v', 'iu'),
  )
  .filter(([parts, flags]) => isUsable(() => new RegExp(parts.join(''), flags)))
  .map(([parts, flags]) => new RegExp(parts.join(''), flags))

const templateParts = '/ /a /b a . - /:p /:q :r /*s *t {/a} {/:u} {a} {/:v{/b}} /é'.split(' ')
const templates = fc
  .array(fc.constantFrom(...templateParts), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(''))
  .filter((template) => isUsable(() => new PathPattern(template)))

const patterns: fc.Arbitrary<PatternInput> = fc.oneof(regexps, templates)
const ruleLists = fc.letrec<{ list: Rule[]; rule: Rule }>((tie) => ({
  list: fc.array(tie('rule'), { maxLength: 6 }),
  rule: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    patterns.map((pattern): Rule => [pattern, Handler]),
    patterns.map((pattern): Rule => [pattern, Handler]),
    fc.tuple(patterns, tie('list')).map(([pattern, rules]): Rule => [pattern, rules]),
    fc
      .tuple(fc.constantFrom('/', '/a', '/a/', '/b/a'), tie('list'))
      .map(([prefix, rules]): Rule => mount(prefix, rules as RuleTarget) as Rule),
    fc.tuple(fc.constantFrom('one', 'two'), tie('list')).map(([host, rules]): Rule => hostMatches(host, rules)),
  ),
})).list
const pathParts = [
  '/',
  '/',
  '/',
  '/a',
  '/b',
  'a',
  'b',
  'ab',
  'A',
  '1',
  '.',
  '-',
  '/%C3%A9',
  '%2F',
  'é',
  '\n',
  '\0',
  'ſ',
  '\u212a',
]
const paths = fc.array(fc.constantFrom(...pathParts), { maxLength: 6 }).map((parts) => parts.join(''))

test('random tables and paths: the index finds what trying every rule in order finds', () => {
  let matches = 0
  fc.assert(
    fc.property(
      ruleLists,
      fc.array(paths, { minLength: 1, maxLength: 20 }),
      fc.constantFrom('one', 'two', ''),
      (rules, candidates, host) => {
        const router = new Router(rules)
        for (const path of candidates) {
          const match = router.find(path, host)
          const outcome = match && { place: match.entry.place, args: valueOrStatus(() => match.decode()) }
          expect(outcome).toEqual(linearScan(rules, path, host))
          if (match !== undefined) matches += 1
        }
      },
    ),
    { numRuns: 500 },
  )
  expect(matches).toBeGreaterThan(300) // the tables and paths are not so random that nothing fits
})
