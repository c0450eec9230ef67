/** Reading and writing. */
import { HTTPError } from '@typhoon/core'
import type { Entry, EntryDraft } from './entries.ts'
import { entryText, entryTitle, type Problems } from './form-fields.ts'
import { PageHandler } from './page-handler.ts'

const ON_HOME_PAGE = 5
const IN_FEED = 20

export class HomeHandler extends PageHandler {
  override async get(): Promise<void> {
    const isNew = this.currentUser === undefined && (await this.authors.isSignUpOpen())
    await this.render('home', { entries: await this.entries.recent(ON_HOME_PAGE), isNew })
  }
}

export class ArchiveHandler extends PageHandler {
  override async get(): Promise<void> {
    await this.render('archive', { entries: await this.entries.archive() })
  }
}

/** The newest entries as an Atom feed (RFC 4287). */
export class FeedHandler extends PageHandler {
  override async get(): Promise<void> {
    const site = `${this.request.protocol}://${this.request.host}`
    const entries = await this.entries.recent(IN_FEED)
    const feed = await this.renderString('feed', { site, entries })
    this.setHeader('Content-Type', 'application/atom+xml; charset=utf-8')
    this.write(feed)
  }
}

export class EntryHandler extends PageHandler {
  override async get({ slug }: { slug: string }): Promise<void> {
    const entry = await this.entries.bySlug(slug)
    if (entry === undefined) throw new HTTPError(404)
    await this.render('entry', { entry })
  }
}

class WritingHandler extends PageHandler {
  static readonly authenticated = true

  /** The entry as the form gives it, and what is wrong with it. */
  readForm(): { draft: EntryDraft; problems: Problems } {
    const problems: Problems = new Map()
    const title = entryTitle(this.getBodyArgument('title', ''), problems)
    const text = entryText(this.getBodyArgument('text', ''), problems)
    return { draft: { title, text }, problems }
  }
}

export class ComposeHandler extends WritingHandler {
  override get(): Promise<void> {
    return this.showForm('write', { heading: 'New entry', draft: { title: '', text: '' } })
  }

  override async post(): Promise<void> {
    const { draft, problems } = this.readForm()
    if (problems.size > 0) return this.showForm('write', { heading: 'New entry', draft }, problems)
    const slug = await this.entries.publish(this.author.id, draft)
    this.redirect(this.reverseUrl('entry', { slug }), { status: 303 })
  }
}

export class EditHandler extends WritingHandler {
  override async get({ slug }: { slug: string }): Promise<void> {
    await this.showForm('write', { heading: 'Edit entry', draft: await this.#ownEntry(slug) })
  }

  override async post({ slug }: { slug: string }): Promise<void> {
    const entry = await this.#ownEntry(slug)
    const { draft, problems } = this.readForm()
    if (problems.size > 0) return this.showForm('write', { heading: 'Edit entry', draft }, problems)
    await this.entries.change(entry.id, this.author.id, draft)
    this.redirect(this.reverseUrl('entry', { slug }), { status: 303 })
  }

  async #ownEntry(slug: string): Promise<Entry> {
    const entry = await this.entries.bySlug(slug)
    if (entry === undefined) throw new HTTPError(404)
    if (entry.authorId !== this.author.id) throw new HTTPError(403, 'the entry of somebody else')
    return entry
  }
}
