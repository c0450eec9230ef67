/** The seam through which a template engine plugs in; `@typhoon/templates` is one that fits. */

/** The names that a template sees (Tornado: `get_template_namespace`), beside the data given to `render()`. */
export interface TemplateNamespace {
  readonly handler: object
  readonly request: object
  readonly currentUser: unknown
  readonly locale: object
  /** Translates a text; Tornado's name for it. */
  _(message: string, pluralMessage?: string, count?: number): string
  pgettext(context: string, message: string, pluralMessage?: string, count?: number): string
  staticUrl(path: string): string
  reverseUrl(name: string, ...values: unknown[]): string
  xsrfFormHtml(): string
  readonly [name: string]: unknown
}

export interface TemplateEngine {
  /** Renders the named template to text. */
  render(name: string, namespace: TemplateNamespace): string | Promise<string>
}
