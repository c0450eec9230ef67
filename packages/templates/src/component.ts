import type { TemplateNamespace } from '@typhoon/core'

/** What a component is made with. */
export interface ComponentContext {
  readonly namespace: TemplateNamespace
  /** Renders a template as part of the page: what it sees is the page's, with `data` in front. */
  renderString(name: string, data?: object): string | Promise<string>
}

/** A class whose instances are made with a {@link ComponentContext}. */
export type ComponentClass = new (context: ComponentContext) => Component

/**
 * A piece of a page with the style and script that it needs (Tornado: `UIModule`).
 *
 * A template uses it as `<%~ component('Entry', entry) %>`, under the name that the option `components` of
 * {@link Templates} gives it. Each page makes one instance per name, and asks it for its resources once, however
 * often it was used; they appear in the order of first use.
 *
 * @example
 * class Entry extends Component {
 *   override render(entry: BlogEntry) { return this.renderString('modules/entry', { entry }) }
 *   override css() { return '.entry { margin-bottom: 1em }' }
 *   override jsFiles() { return ['entry.js'] }
 * }
 */
export abstract class Component {
  readonly #context: ComponentContext

  constructor(context: ComponentContext) {
    this.#context = context
  }

  /** The handler that renders the page, with the other names of the template namespace. */
  get namespace(): TemplateNamespace {
    return this.#context.namespace
  }

  /**
   * The component's HTML, from the arguments that the template gives.
   *
   * It goes into the page as it is: build it with `renderString()`, which escapes. Where it is a promise, the
   * template has to write `await component(…)`.
   */
  abstract render(...args: unknown[]): string | Promise<string>

  /** Renders a template for this component. */
  renderString(name: string, data?: object): string | Promise<string> {
    return this.#context.renderString(name, data)
  }

  /** Style rules for the head of the page (Tornado: `embedded_css`). */
  css(): string | undefined {
    return undefined
  }

  /** Style sheets: URLs, or names of static files (Tornado: `css_files`). */
  cssFiles(): readonly string[] {
    return []
  }

  /** A script for the end of the body (Tornado: `embedded_javascript`). */
  js(): string | undefined {
    return undefined
  }

  /** Scripts: URLs, or names of static files (Tornado: `javascript_files`). */
  jsFiles(): readonly string[] {
    return []
  }

  /** HTML for the head of the page, taken as it is. */
  htmlHead(): string | undefined {
    return undefined
  }

  /** HTML for the end of the body, taken as it is. */
  htmlBody(): string | undefined {
    return undefined
  }
}
