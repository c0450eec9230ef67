/**
 * The `Plural-Forms` of a gettext catalogue: how many forms a noun has, and which one goes with a number.
 *
 * The rule is an expression of C with `n` as its one variable. It is compiled into closures; nothing is evaluated as
 * JavaScript. What it says is tried out when it is read, so that a rule which names a form that does not exist is an
 * error of the file instead of one of some page.
 */

export interface PluralForms {
  /** How many forms there are. */
  readonly count: number
  /** The index of the form for a number; halves and the like count as the next whole number. */
  select(n: number): number
}

type Expression = (n: number) => number

const MAX_LENGTH = 1000
const MAX_NESTING = 50
const MAX_FORMS = 100
const TRIED = 1000 // rules look at n % 10, n % 100 and, for Breton, n % 1000000 == 0

/** One form for one, another for all else: what a catalogue without the header means. */
export const GERMANIC: PluralForms = { count: 2, select: (n) => (n === 1 ? 0 : 1) }

/** @throws {@link SyntaxError} that says what is wrong with the value of the header field */
export function parsePluralForms(header: string): PluralForms {
  const found = /^\s*nplurals\s*=\s*(\d{1,3})\s*;\s*plural\s*=([^;]+);?\s*$/.exec(header)
  if (!found) throw new SyntaxError('Plural-Forms must read "nplurals=NUMBER; plural=EXPRESSION;"')
  const count = Number(found[1])
  if (count < 1 || count > MAX_FORMS) throw new SyntaxError(`nplurals must be from 1 to ${MAX_FORMS}, got ${count}`)
  const rule = parseExpression(found[2] ?? '')
  for (let n = 0; n <= TRIED; n++) {
    const form = rule(n)
    if (!(form >= 0 && form < count)) throw new SyntaxError(`plural gives form ${form} of ${count} for n = ${n}`)
  }
  return { count, select: (n) => rule(Math.ceil(Math.abs(n))) }
}

/** @throws {@link SyntaxError} if it is not an expression of `n`, numbers, operators and brackets */
export function parseExpression(text: string): Expression {
  if (text.length > MAX_LENGTH) throw new SyntaxError(`plural is longer than ${MAX_LENGTH} characters`)
  const parser = new ExpressionParser(tokenize(text))
  return parser.parse()
}

function tokenize(text: string): string[] {
  const token = /\s*(?:(n(?![a-zA-Z0-9_])|\d+|\|\||&&|[=!<>]=|[-+*/%<>!?:()])|(\S))/g
  return Array.from(text.matchAll(token), ([, known, other]) => {
    if (known === undefined) throw new SyntaxError(`plural: unexpected ${JSON.stringify(other)}`)
    return known
  })
}

const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ['||', 1],
  ['&&', 2],
  ...['==', '!='].map((operator): [string, number] => [operator, 3]),
  ...['<', '>', '<=', '>='].map((operator): [string, number] => [operator, 4]),
  ...['+', '-'].map((operator): [string, number] => [operator, 5]),
  ...['*', '/', '%'].map((operator): [string, number] => [operator, 6]),
])

const OPERATIONS: ReadonlyMap<string, (a: Expression, b: Expression) => Expression> = new Map([
  ['||', (a, b) => (n) => Number(a(n) !== 0 || b(n) !== 0)],
  ['&&', (a, b) => (n) => Number(a(n) !== 0 && b(n) !== 0)],
  ['==', (a, b) => (n) => Number(a(n) === b(n))],
  ['!=', (a, b) => (n) => Number(a(n) !== b(n))],
  ['<', (a, b) => (n) => Number(a(n) < b(n))],
  ['>', (a, b) => (n) => Number(a(n) > b(n))],
  ['<=', (a, b) => (n) => Number(a(n) <= b(n))],
  ['>=', (a, b) => (n) => Number(a(n) >= b(n))],
  ['+', (a, b) => (n) => a(n) + b(n)],
  ['-', (a, b) => (n) => a(n) - b(n)],
  ['*', (a, b) => (n) => a(n) * b(n)],
  ['/', (a, b) => (n) => Math.trunc(a(n) / b(n))], // of whole numbers, as in C
  ['%', (a, b) => (n) => a(n) % b(n)],
])

class ExpressionParser {
  readonly #tokens: readonly string[]
  #position = 0
  #nesting = 0

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }

  parse(): Expression {
    const expression = this.#conditional()
    if (this.#position < this.#tokens.length) throw this.#unexpected()
    return expression
  }

  #conditional(): Expression {
    if (++this.#nesting > MAX_NESTING) throw new SyntaxError(`plural nests deeper than ${MAX_NESTING}`)
    const condition = this.#binary(1)
    if (!this.#take('?')) return this.#leave(condition)
    const yes = this.#conditional()
    this.#expect(':')
    const no = this.#conditional()
    return this.#leave((n) => (condition(n) !== 0 ? yes(n) : no(n)))
  }

  /** Operators of at least this precedence; those of the same one group to the left. */
  #binary(lowest: number): Expression {
    let left = this.#unary()
    for (;;) {
      const operator = this.#tokens[this.#position] ?? ''
      const precedence = PRECEDENCE.get(operator) ?? 0
      const operation = OPERATIONS.get(operator)
      if (!operation || precedence < lowest) return left
      this.#position++
      left = operation(left, this.#binary(precedence + 1))
    }
  }

  #unary(): Expression {
    let isNegated: boolean | undefined
    while (this.#take('!')) isNegated = !isNegated
    const operand = this.#primary()
    if (isNegated === undefined) return operand
    return (n) => Number((operand(n) === 0) === isNegated)
  }

  #primary(): Expression {
    if (this.#take('n')) return (n) => n
    if (this.#take('(')) {
      const inner = this.#conditional()
      this.#expect(')')
      return inner
    }
    const token = this.#tokens[this.#position] ?? ''
    if (!/^\d/.test(token)) throw this.#unexpected()
    this.#position++
    const value = Number(token)
    return () => value
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#position] !== token) return false
    this.#position++
    return true
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw this.#unexpected(`, expected ${token}`)
  }

  #leave(expression: Expression): Expression {
    this.#nesting--
    return expression
  }

  #unexpected(hint = ''): SyntaxError {
    const token = this.#tokens[this.#position]
    return new SyntaxError(`plural: unexpected ${token === undefined ? 'end' : JSON.stringify(token)}${hint}`)
  }
}
