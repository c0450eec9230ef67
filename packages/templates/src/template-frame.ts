/**
 * One run of one template: the text so far, and the functions that its code calls.
 *
 * A page that uses a layout and partials is several frames; they share the page. Compiled code assigns
 * what it prints to `raw` or `escaped`, and its line to `line`.
 */
import { escapeHTML, Finish, HTTPError } from '@typhoon/core'
import type { CompiledTemplate } from './eta-engine.ts'
import { type LinkifyOptions, linkify } from './linkify.ts'
import { scriptJSON } from './script-json.ts'
import { TemplateError } from './template-error.ts'

export type Text = string | Promise<string>

/** What the frames of one page share. */
export interface FramePage {
  load(name: string, from: string | undefined): CompiledTemplate
  component(name: string, args: unknown[]): Text
}

interface Layout {
  readonly template: CompiledTemplate
  readonly data: object
}

type Blocks = ReadonlyMap<string, string>

const MAX_DEPTH = 100 // layouts and partials within each other; more is taken for a circle

/** Renders a template, then the layouts around it. */
export function runTemplate(template: CompiledTemplate, data: object, page: FramePage): Text {
  return new TemplateFrame(template, data, page, new Map(), 0).render()
}

class TemplateFrame {
  line = 1
  #text = ''
  readonly #template: CompiledTemplate
  readonly #data: object
  readonly #page: FramePage
  readonly #inherited: Blocks
  readonly #blocks = new Map<string, string>()
  readonly #depth: number
  #layout: Layout | undefined
  #isFilling = false

  constructor(template: CompiledTemplate, data: object, page: FramePage, inherited: Blocks, depth: number) {
    this.#template = template
    this.#data = data
    this.#page = page
    this.#inherited = inherited
    this.#depth = depth
  }

  render(): Text {
    try {
      if (this.#depth > MAX_DEPTH) throw new Error(`templates use each other more than ${MAX_DEPTH} deep`)
      const running = this.#template.run(this.#data, this)
      if (!(running instanceof Promise)) return this.#complete()
      return running.then(
        () => this.#complete(),
        (error: unknown) => Promise.reject(this.#failure(error)),
      )
    } catch (error) {
      throw this.#failure(error)
    }
  }

  /** Prints HTML as it is. */
  set raw(html: unknown) {
    this.#text += printed(html)
  }

  /** Prints text. */
  set escaped(text: unknown) {
    this.#text += escapeHTML(printed(text))
  }

  include(name: string, data: object = {}): Text {
    const template = this.#page.load(name, this.#template.source.name)
    return this.#frame(template, extend(this.#data, data), this.#inherited).render()
  }

  layout(name: string, data: object = {}): void {
    this.#layout = { template: this.#page.load(name, this.#template.source.name), data }
  }

  /**
   * At the top of a template that has a layout: fills the block. Elsewhere, also inside of another block: the block as
   * a template further in has filled it, or else what `fill` prints.
   */
  block(name: string, fill?: () => unknown): Text {
    const isShown = !this.#layout || this.#isFilling
    const filled = isShown ? this.#inherited.get(name) : undefined
    if (filled !== undefined || !fill) return filled ?? ''
    if (isShown) return this.capture(fill)
    this.#isFilling = true
    return after(this.capture(fill), (text) => {
      this.#isFilling = false
      this.#blocks.set(name, text)
      return ''
    })
  }

  /** What `print` writes, as a string instead of into the page. */
  capture(print: () => unknown): Text {
    const outer = this.#text
    this.#text = ''
    return after(print(), () => {
      const text = this.#text
      this.#text = outer
      return text
    })
  }

  component(name: string, ...args: unknown[]): Text {
    return this.#page.component(name, args)
  }

  json(value: unknown): string {
    return scriptJSON(value)
  }

  linkify(text: unknown, options?: LinkifyOptions): string {
    return linkify(printed(text), options)
  }

  escape(text: unknown): string {
    return escapeHTML(printed(text))
  }

  #complete(): Text {
    if (!this.#layout) return this.#text
    const { template, data } = this.#layout
    const blocks = new Map([...this.#blocks, ...this.#inherited]) // the innermost template has the last word
    return this.#frame(template, extend(this.#data, data, { body: this.#text }), blocks).render()
  }

  #frame(template: CompiledTemplate, data: object, inherited: Blocks): TemplateFrame {
    return new TemplateFrame(template, data, this.#page, inherited, this.#depth + 1)
  }

  /** Errors that mean something to the request, and those that a template further in has placed, stay as they are. */
  #failure(error: unknown): unknown {
    if (error instanceof HTTPError || error instanceof Finish) return error
    if (error instanceof TemplateError && error.line !== undefined) return error
    const { name, file, text, verbose } = this.#template.source
    const position = this.#template.locate(error, this.line)
    const message = error instanceof TemplateError ? error.message : String(error)
    return new TemplateError(message, { template: name, file, position, source: text, verbose, cause: error })
  }
}

/** Nothing is printed for null and undefined. */
function printed(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return ''
  if (value instanceof Promise) {
    value.catch(() => undefined) // if it fails as well, later, nobody is left to be told
    throw new TypeError('cannot print a Promise: write await before the expression')
  }
  return String(value as string) // whatever it is, as JavaScript prints it
}

/** Goes on at once where there is nothing to wait for. */
function after<T>(value: T | Promise<T>, finish: (value: T) => string): Text {
  return value instanceof Promise ? value.then(finish) : finish(value)
}

/** `data` over `parent`, by definition rather than assignment: `__proto__` is a name like any other. */
export function extend(parent: object, ...layers: readonly object[]): object {
  const extended: object = Object.create(parent)
  for (const [name, value] of layers.flatMap((layer) => Object.entries(layer))) {
    Object.defineProperty(extended, name, { value, writable: true, enumerable: true, configurable: true })
  }
  return extended
}
