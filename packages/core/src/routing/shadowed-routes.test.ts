import { describe, expect, test } from 'vitest'
import { group, hostMatches, mount, type Rule } from './route.ts'
import { Router } from './router.ts'

class Handler {
  initialize(): void {}
}
const listener = (): void => {}

describe('rules that an earlier one hides', () => {
  test.each<[string, readonly Rule[]]>([
    [
      'the same string',
      [
        ['/a', Handler],
        ['/a', Handler],
      ],
    ],
    [
      'the same RegExp',
      [
        [/\/a\/(\d+)/, Handler],
        [/\/a\/(\d+)/, Handler],
      ],
    ],
    [
      'the same RegExp, not understood',
      [
        [/\/(a)\1/, Handler],
        [/\/(a)\1/, Handler],
      ],
    ],
    [
      'other names for the params',
      [
        ['/a/:x', Handler],
        ['/a/:y', Handler],
      ],
    ],
    [
      'one as a string, one as a RegExp',
      [
        ['/a/:x', Handler],
        [/\/a\/([^/]+)/, Handler],
      ],
    ],
    [
      'a literal after a param',
      [
        ['/:id', Handler],
        ['/new', Handler],
      ],
    ],
    [
      'a literal after a RegExp',
      [
        [/\/(\w+)/, Handler],
        ['/new', Handler],
      ],
    ],
    [
      'a literal after alternatives',
      [
        [/\/(?:old|new)/, Handler],
        ['/new', Handler],
      ],
    ],
    [
      'a literal after look-ahead',
      [
        [/\/(?!old)\w+/, Handler],
        ['/new', Handler],
      ],
    ],
    [
      'anything after a catch-all',
      [
        [/.*/, Handler],
        [/\/a\/(\d+)/, Handler],
      ],
    ],
    [
      'anything after a catch-all below a slash',
      [
        [/\/(.*)/, Handler],
        ['/a/:b{/:c}', Handler],
      ],
    ],
    [
      'a wildcard after a wildcard',
      [
        ['/a/*x', Handler],
        ['/a/b/*y', Handler],
      ],
    ],
    [
      'a narrower class',
      [
        [/\/([a-z]+)/, Handler],
        [/\/([a-f]{2})/, Handler],
      ],
    ],
    [
      'whatever the case',
      [
        [/\/new/i, Handler],
        ['/new', Handler],
      ],
    ],
    [
      'inside a mount',
      [
        mount('/m', [
          ['/:a', Handler],
          ['/b', Handler],
        ]),
      ],
    ],
    ['below a mounted listener', [mount('/m', listener), ['/m/b', Handler]]],
    ['a mount below a mount', [mount('/m', listener), mount('/m/n', [['/:b', Handler]])]],
    ['after a catch-all of a group', [group([[/.*/, Handler]]), mount('/m', [['/', Handler]])]],
    ['of some hosts only', [['/a', Handler], hostMatches('h', [['/a', Handler]])]],
    ['of the same hosts', [hostMatches(/h/, [['/a', Handler]]), hostMatches(/h/, [['/a', Handler]])]],
    [
      'under a further condition',
      [
        ['/a', Handler],
        [/\/.*/, [['/a', Handler]]],
      ],
    ],
  ])('%s', (_, rules) => {
    const warnings = new Router(rules).warnings()
    expect(warnings).toEqual([
      expect.stringMatching(/^rule .* never matches: rule .* comes before it and takes all its paths$/),
    ])
  })

  test.each<[string, readonly Rule[]]>([
    [
      'a literal before a param',
      [
        ['/new', Handler],
        ['/:id', Handler],
      ],
    ],
    [
      'a wildcard takes no empty rest',
      [
        ['/a/*x', Handler],
        [/\/a\/.*/, Handler],
      ],
    ],
    [
      'a wider class',
      [
        [/\/([a-f]+)/, Handler],
        [/\/([a-z]+)/, Handler],
      ],
    ],
    [
      'a longer count',
      [
        [/\/a{1,2}/, Handler],
        [/\/a{2,3}/, Handler],
      ],
    ],
    [
      'another case',
      [
        ['/New', Handler],
        ['/new', Handler],
      ],
    ],
    [
      'only one of the alternatives',
      [
        ['/a', Handler],
        ['/a{/:b}', Handler],
      ],
    ],
    [
      'look-ahead that may refuse',
      [
        [/\/(?!b)[^/]+/, Handler],
        ['/:id', Handler],
      ],
    ],
    ['other hosts', [hostMatches('h', [[/.*/, Handler]]), ['/a', Handler]]],
    [
      'a condition that may not hold',
      [
        [/\/x.*/, [[/.*/, Handler]]],
        ['/a', Handler],
      ],
    ],
    ['another mount', [mount('/m', listener), ['/n', Handler], ['/mn', Handler]]],
    ['the prefix itself', [[/\/m\/.*/, Handler], mount('/m', [['/', Handler]])]],
    [
      'a slash at the end',
      [
        ['/a', Handler],
        ['/a/', Handler],
      ],
    ],
  ])('not: %s', (_, rules) => {
    expect(new Router(rules).warnings()).toEqual([])
  })

  test('the warning names both rules', () => {
    expect(new Router([[/\/(.*)/, Handler], mount('/a', [['/b', Handler]])]).warnings()).toEqual([
      "rule 1.0 ['/b', …] never matches: rule 0 [/\\/(.*)/, …] comes before it and takes all its paths",
    ])
  })
})
