/**
 * Compiles a template, whose tags Eta reads: the only file that knows it.
 *
 * The function around the code, and with it layouts, blocks and partials, is ours. Eta hands those on in the data
 * object, where data of the same name would replace them. The code of a tag is copied as it is, so that a place in the
 * compiled function can be told back as a place in the template. What it calls is a TemplateFrame.
 */
import { compileFunction } from 'node:vm'
import { Eta, EtaParseError } from 'eta/core'
import { TemplateError, type TemplatePosition } from './template-error.ts'

/** Where a template came from, and how its errors are to be shown. */
export interface TemplateSource {
  readonly name: string
  /** The file's path, which stack traces show. */
  readonly file: string
  readonly text: string
  readonly verbose: boolean
}

export interface CompiledTemplate {
  readonly source: TemplateSource
  /** Appends the text to `frame`; a promise if the template's code awaits something. */
  run(data: object, frame: object): unknown
  /** Where `error` arose; `line`, the beginning of the tag that ran last, is the answer if its stack does not say. */
  locate(error: unknown, line: number): TemplatePosition
}

interface Tag {
  readonly code: string
  /** First line of its code in the compiled function. */
  readonly compiledLine: number
  /** What stands before the code on that line. */
  readonly prefix: string
}

const HELPERS = ['include', 'layout', 'block', 'capture', 'component', 'json', 'linkify', 'escape']
const NAMESPACE_FUNCTIONS = ['_', 'pgettext', 'staticUrl', 'reverseUrl', 'xsrfFormHtml']
const NAMESPACE_VALUES = ['handler', 'request', 'currentUser', 'locale']
const FIRST_LINE = 2 // of the code from the template; our own head is the line before

const eta = new Eta({ debug: true }) // debug: tags know their lines

/** @throws {@link TemplateError} at the place of a syntax error */
export function compileTemplate(source: TemplateSource, autoescape: boolean): CompiledTemplate {
  const { body, tags } = translate(source, autoescape)
  const code = tags.map((tag) => tag.code).join('\n')
  const isAsync = /\bawait\b/.test(code)
  const run = build(source, tags, `${head(code, isAsync)}\n${body}\n${isAsync ? '} })()' : '}'}`)
  return {
    source,
    run,
    locate: (error, line) => sourcePosition(source, tags, stackPosition(error, source.file)) ?? { line, column: 1 },
  }
}

/** What is printed is assigned, not passed: only so may a tag end inside of a function, `block('x', () => {`. */
function translate(source: TemplateSource, autoescape: boolean): { body: string; tags: Tag[] } {
  const statements = new Map([
    ['e', ';'],
    ['i', autoescape ? ',__frame.escaped=' : ',__frame.raw='], // one statement, which may follow "if (x)"
    ['r', ',__frame.raw='],
  ])
  const tags: Tag[] = []
  const body: string[] = []
  let compiledLine = FIRST_LINE
  for (const part of parse(source)) {
    if (typeof part === 'string') {
      body.push(`__frame.raw='${part}';`) // Eta has escaped it, line ends too
      compiledLine++
      continue
    }
    const prefix = `__frame.line=${part.lineNo ?? 1}${statements.get(part.t) ?? ';'}`
    tags.push({ code: part.val, compiledLine, prefix })
    body.push(`${prefix}${part.val}`)
    compiledLine += part.val.split('\n').length
  }
  return { body: body.join('\n'), tags }
}

function parse(source: TemplateSource): ReturnType<Eta['parse']> {
  try {
    return eta.parse(source.text)
  } catch (error) {
    throw parseFailure(source, error)
  }
}

/** Declares those of the fixed names that the code mentions, outside the block in which it may declare them anew. */
function head(code: string, isAsync: boolean): string {
  const isUsed = (name: string): boolean => new RegExp(`(?<![\\w$.])${name}(?![\\w$])`).test(code)
  const declarations = [
    ...HELPERS.filter(isUsed).map((name) => `${name} = (...args) => __frame.${name}(...args)`),
    ...NAMESPACE_FUNCTIONS.filter(isUsed).map((name) => `${name} = (...args) => it.${name}(...args)`),
    ...NAMESPACE_VALUES.filter(isUsed).map((name) => `${name} = it.${name}`),
  ]
  const names = declarations.length > 0 ? `const ${declarations.join(', ')}; ` : ''
  return isAsync ? `'use strict'; return (async () => { ${names}{` : `'use strict'; ${names}{`
}

function build(source: TemplateSource, tags: readonly Tag[], code: string): CompiledTemplate['run'] {
  try {
    return compileFunction(code, ['it', '__frame'], { filename: source.file }) as CompiledTemplate['run'] // declared as Function
  } catch (error) {
    const position = sourcePosition(source, tags, syntaxErrorPosition(error, source.file))
    throw failure(source, String(error), position ?? { line: 1, column: 1 }, error)
  }
}

function parseFailure(source: TemplateSource, error: unknown): unknown {
  if (!(error instanceof EtaParseError)) return error
  const found = /^(.*) at line (\d+) col (\d+):/.exec(error.message)
  const position = { line: Number(found?.[2] ?? 1), column: Number(found?.[3] ?? 1) }
  return failure(source, `SyntaxError: ${found?.[1] ?? error.message}`, position, error)
}

function failure(source: TemplateSource, message: string, position: TemplatePosition, cause: unknown): TemplateError {
  const { name, file, text, verbose } = source
  return new TemplateError(message, { template: name, file, position, source: text, verbose, cause })
}

/** The topmost frame of the stack that lies in the compiled template. */
function stackPosition(error: unknown, file: string): TemplatePosition | undefined {
  const stack = error instanceof Error ? error.stack : undefined
  for (const frame of String(stack).split('\n')) {
    const at = frame.trimStart().startsWith('at ') ? frame.lastIndexOf(`${file}:`) : -1
    const found = at === -1 ? null : /^(\d+):(\d+)/.exec(frame.slice(at + file.length + 1))
    if (found && Number(found[1]) >= FIRST_LINE) return { line: Number(found[1]), column: Number(found[2]) }
  }
  return undefined
}

/** V8 puts file and line, the code and a line with carets before the stack of a SyntaxError. */
function syntaxErrorPosition(error: unknown, file: string): TemplatePosition | undefined {
  if (!(error instanceof SyntaxError) || !error.stack?.startsWith(`${file}:`)) return undefined
  const [place, , carets] = error.stack.slice(file.length + 1).split('\n')
  return { line: Number.parseInt(place ?? '', 10), column: (carets?.indexOf('^') ?? 0) + 1 }
}

/** From a place in the compiled function to the one in the template: code is copied from tags as it is. */
function sourcePosition(
  { text }: TemplateSource,
  tags: readonly Tag[],
  compiled: TemplatePosition | undefined,
): TemplatePosition | undefined {
  const index = compiled ? tags.findLastIndex((tag) => tag.compiledLine <= compiled.line) : -1
  const tag = tags[index]
  if (!compiled || !tag) return undefined
  const start = codeOffset(text, tags, index)
  const lines = tag.code.split('\n')
  const row = Math.min(compiled.line - tag.compiledLine, lines.length - 1)
  const before = lines.slice(0, row).reduce((sum, line) => sum + line.length + 1, 0)
  const column = compiled.column - 1 - (row === 0 ? tag.prefix.length : 0)
  return positionAt(text, start + before + Math.max(0, Math.min(column, lines[row]?.length ?? 0)))
}

function codeOffset(text: string, tags: readonly Tag[], index: number): number {
  let offset = 0
  for (const { code } of tags.slice(0, index + 1))
    offset = text.indexOf(code, text.indexOf('<%', offset) + 2) + code.length
  return offset - (tags[index]?.code.length ?? 0)
}

function positionAt(text: string, offset: number): TemplatePosition {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1
  return { line: text.slice(0, lineStart).split('\n').length, column: offset - lineStart + 1 }
}
