/** One page on its way: its components, and the style and script that they bring. */
import { escapeHTML, type TemplateNamespace } from '@typhoon/core'
import type { Component, ComponentClass } from './component.ts'
import type { CompiledTemplate } from './eta-engine.ts'
import { extend, type FramePage, runTemplate, type Text } from './template-frame.ts'

/** What a page needs of {@link Templates}. */
export interface PageTemplates {
  readonly components: ReadonlyMap<string, ComponentClass>
  load(name: string, from: string | undefined): CompiledTemplate
}

export class Page implements FramePage {
  readonly #templates: PageTemplates
  readonly #namespace: TemplateNamespace
  readonly #used = new Map<string, Component>()

  constructor(templates: PageTemplates, namespace: TemplateNamespace) {
    this.#templates = templates
    this.#namespace = namespace
  }

  render(template: CompiledTemplate): Text {
    const text = runTemplate(template, this.#namespace, this)
    return text instanceof Promise ? text.then((html) => this.#withResources(html)) : this.#withResources(text)
  }

  load(name: string, from: string | undefined): CompiledTemplate {
    return this.#templates.load(name, from)
  }

  component(name: string, args: unknown[]): Text {
    let component = this.#used.get(name)
    if (!component) {
      const known = this.#templates.components
      const Class = known.get(name)
      if (!Class) throw new Error(`no component ${name}; there are: ${[...known.keys()].join(', ') || 'none'}`)
      component = new Class({
        namespace: this.#namespace,
        renderString: (template, data = {}) =>
          runTemplate(this.load(template, undefined), extend(this.#namespace, data), this),
      })
      this.#used.set(name, component)
    }
    return component.render(...args)
  }

  /** Styles go before `</head>` and scripts before `</body>`; in a fragment, which has neither, both go to the end. */
  #withResources(html: string): string {
    if (this.#used.size === 0) return html
    const components = [...this.#used.values()]
    const bodyEnd = lastTag(html, /<\/body\s*>/gi) ?? html.length
    const headEnd = firstTag(html, /<\/head\s*>/i) ?? bodyEnd
    const head = this.#styles(components)
    const body = this.#scripts(components)
    if (headEnd > bodyEnd) return html.slice(0, bodyEnd) + head + body + html.slice(bodyEnd)
    return html.slice(0, headEnd) + head + html.slice(headEnd, bodyEnd) + body + html.slice(bodyEnd)
  }

  #styles(components: readonly Component[]): string {
    const files = this.#urls(components.flatMap((component) => component.cssFiles()))
    const css = texts(components.map((component) => component.css()))
    return [
      ...files.map((url) => `<link rel="stylesheet" href="${escapeHTML(url)}"${this.#nonce()}>\n`),
      ...(css === '' ? [] : [`<style${this.#nonce()}>\n${css.replace(/<\/(?=style)/gi, '<\\/')}\n</style>\n`]),
      ...components.map((component) => component.htmlHead() ?? ''),
    ].join('')
  }

  #scripts(components: readonly Component[]): string {
    const files = this.#urls(components.flatMap((component) => component.jsFiles()))
    const js = texts(components.map((component) => component.js()))
    return [
      ...files.map((url) => `<script src="${escapeHTML(url)}"${this.#nonce()}></script>\n`),
      ...(js === '' ? [] : [`<script${this.#nonce()}>\n${js.replace(/<(?=\/script|!--)/gi, '\\x3C')}\n</script>\n`]),
      ...components.map((component) => component.htmlBody() ?? ''),
    ].join('')
  }

  #urls(files: readonly string[]): string[] {
    const isURL = /^(?:\/|https?:)/i
    return [...new Set(files)].map((file) => (isURL.test(file) ? file : this.#namespace.staticUrl(file)))
  }

  #nonce(): string {
    const nonce = this.#namespace['cspNonce']
    return typeof nonce === 'string' ? ` nonce="${escapeHTML(nonce)}"` : ''
  }
}

function texts(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n')
}

function firstTag(html: string, tag: RegExp): number | undefined {
  return tag.exec(html)?.index
}

function lastTag(html: string, tag: RegExp): number | undefined {
  let last: number | undefined
  for (const { index } of html.matchAll(tag)) last = index
  return last
}
