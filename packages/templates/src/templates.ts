import { OptionError, type TemplateEngine, type TemplateNamespace } from '@typhoon/core'
import type { ComponentClass } from './component.ts'
import { type CompiledTemplate, compileTemplate } from './eta-engine.ts'
import { Page, type PageTemplates } from './page.ts'
import { TemplateFiles } from './template-files.ts'

/** Options of {@link Templates}. */
export interface TemplatesOptions {
  /** Look at the files again for each page, and put excerpts into error messages: for development. @defaultValue false */
  reload?: boolean
  /** Escape what `<%= … %>` prints. Switch it off for text that is not HTML, such as mail. @defaultValue true */
  autoescape?: boolean
  /** What `component('Name', …)` can use, by name. @defaultValue none */
  components?: Readonly<Record<string, ComponentClass>>
  /** Added to names that have no extension. @defaultValue '.eta' */
  extension?: string
}

interface Cached {
  readonly template: CompiledTemplate
  readonly version: string | undefined
}

const DEFAULTS: Required<TemplatesOptions> = { reload: false, autoescape: true, components: {}, extension: '.eta' }

/**
 * The templates of a directory, for `render()`.
 *
 * A template is read and compiled when it is first used, and kept for good unless `reload` is on. Names are relative
 * to the directory; those that begin with `./` or `../` are relative to the template that uses them. Nothing outside
 * the directory can be named, not even through a link.
 *
 * @example
 * const app = new Application(rules, { templates: new Templates(new URL('views', import.meta.url), { reload: debug }) })
 */
export class Templates implements TemplateEngine {
  readonly #files: TemplateFiles
  readonly #reload: boolean
  readonly #autoescape: boolean
  readonly #cache = new Map<string, Cached>()
  readonly #forPages: PageTemplates

  /**
   * @throws {@link OptionError} for an unknown option, or one of the wrong type
   * @throws {@link Error} if there is no such directory
   */
  constructor(directory: string | URL, options: TemplatesOptions = {}) {
    const { reload, autoescape, components, extension } = resolveOptions(options)
    this.#files = new TemplateFiles(directory, extension)
    this.#reload = reload
    this.#autoescape = autoescape
    this.#forPages = {
      components: new Map(Object.entries(components)),
      load: (name, from) => this.#load(name, from),
    }
  }

  /**
   * The text of a template; a promise only if it, or a template that it uses, awaits something.
   *
   * @param name - relative to the directory; `'blog/entry'` is `blog/entry.eta`
   * @throws {@link TemplateError} if it cannot be found, compiled or rendered
   */
  render(name: string, namespace: TemplateNamespace): string | Promise<string> {
    return new Page(this.#forPages, namespace).render(this.#load(name))
  }

  /**
   * As {@link render}, for template source that is in no file. It is compiled each time.
   *
   * Templates are programs: never pass one that users wrote.
   */
  renderString(source: string, namespace: TemplateNamespace): string | Promise<string> {
    const template = { name: '(string)', file: '(string)', text: source, verbose: this.#reload }
    return new Page(this.#forPages, namespace).render(compileTemplate(template, this.#autoescape))
  }

  /** The compiled template: from memory if it is there and still true. */
  #load(name: string, from?: string): CompiledTemplate {
    const fullName = this.#files.resolve(name, from)
    const cached = this.#cache.get(fullName)
    if (cached && !this.#reload) return cached.template
    const file = this.#files.locate(fullName)
    const version = this.#reload ? this.#files.version(file) : undefined
    if (cached && cached.version === version && cached.template.source.file === file) return cached.template
    const source = { name: fullName, file, text: this.#files.read(file), verbose: this.#reload }
    const template = compileTemplate(source, this.#autoescape)
    this.#cache.set(fullName, { template, version })
    return template
  }
}

function resolveOptions(given: TemplatesOptions): Required<TemplatesOptions> {
  const options = { ...DEFAULTS }
  for (const [name, value] of Object.entries(given)) {
    if (!isOption(name))
      throw new OptionError(`TemplatesOptions has no option ${name}; it has ${Object.keys(DEFAULTS).join(', ')}`)
    if (value !== undefined) Object.assign(options, { [name]: checked(name, value, typeof DEFAULTS[name]) })
  }
  for (const [name, Class] of Object.entries(options.components)) checked(`components.${name}`, Class, 'function')
  return options
}

function isOption(name: string): name is keyof TemplatesOptions {
  return Object.hasOwn(DEFAULTS, name)
}

function checked(name: string, value: unknown, type: string): unknown {
  if (typeof value === type && value !== null) return value
  throw new OptionError(`${name} must be a ${type}, got ${value === null ? 'null' : typeof value}`)
}
