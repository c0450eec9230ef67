import { HTTPError, RequestHandler, type TemplateNamespace } from '@typhoon/core'
import type { Author, Authors } from './authors.ts'
import { type Entries, paragraphs } from './entries.ts'
import { LIMITS, type Problems } from './form-fields.ts'

/** What every handler is given by the route table. */
export interface BlogParts {
  readonly authors: Authors
  readonly entries: Entries
}

const COOKIE = 'author'
const DAY = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' })

/** What all pages have in common: who is signed in, what templates know, and how an error looks. */
export class PageHandler extends RequestHandler {
  authors!: Authors
  entries!: Entries

  override initialize({ authors, entries }: BlogParts): void {
    this.authors = authors
    this.entries = entries
  }

  override setDefaultHeaders(): void {
    this.setHeader('Cache-Control', 'private, no-cache') // pages name the author who is signed in
  }

  override async getCurrentUser(): Promise<Author | undefined> {
    const cookie = this.getSignedCookie(COOKIE)
    return cookie === undefined ? undefined : this.authors.byId(Number(cookie.toString()))
  }

  /** Who is signed in, where `authenticated` has made sure that somebody is. */
  get author(): Author {
    if (!this.currentUser) throw new HTTPError(403, 'not signed in')
    return this.currentUser
  }

  signIn(author: Author): void {
    this.setSignedCookie(COOKIE, String(author.id), {
      httpOnly: true,
      sameSite: 'Lax',
      secure: this.request.protocol === 'https',
    })
  }

  signOut(): void {
    this.clearCookie(COOKIE)
  }

  override getTemplateNamespace(): TemplateNamespace {
    return { ...super.getTemplateNamespace(), LIMITS, paragraphs, day }
  }

  /** Shows a form again, with what was entered and what is wrong with it. */
  showForm(template: string, data: Record<string, unknown>, problems: Problems = new Map()): Promise<void> {
    if (problems.size > 0) this.setStatus(422)
    return this.render(template, { ...data, problems })
  }

  override writeError(status: number): Promise<void> {
    return this.render('error', { status })
  }
}

export class NotFoundHandler extends PageHandler {
  static readonly acceptsAnyMethod = true

  override get(): never {
    throw new HTTPError(404)
  }
}

function day(date: Date): string {
  return DAY.format(date)
}
