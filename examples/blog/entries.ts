import type { Database } from './database.ts'
import { slugCandidates } from './slug.ts'

export interface EntrySummary {
  readonly slug: string
  readonly title: string
  readonly author: string
  readonly published: Date
}

export interface Entry extends EntrySummary {
  readonly id: number
  readonly authorId: number
  readonly text: string
  readonly updated: Date
}

export interface EntryDraft {
  readonly title: string
  readonly text: string
}

const SUMMARY = 'entries.slug, entries.title, authors.name AS author, entries.published'
const ENTRY = `entries.id, entries.author_id AS "authorId", entries.text, entries.updated, ${SUMMARY}`
const FROM = 'FROM entries JOIN authors ON authors.id = entries.author_id'
const NEWEST_FIRST = 'ORDER BY entries.published DESC, entries.id DESC'
const MAX_ARCHIVE = 1000

/** What has been written. */
export class Entries {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** The newest entries, complete. */
  recent(count: number): Promise<Entry[]> {
    return this.#database.query(`SELECT ${ENTRY} ${FROM} ${NEWEST_FIRST} LIMIT $1`, [count])
  }

  /** The newest thousand entries, without their texts. */
  archive(): Promise<EntrySummary[]> {
    return this.#database.query(`SELECT ${SUMMARY} ${FROM} ${NEWEST_FIRST} LIMIT $1`, [MAX_ARCHIVE])
  }

  async bySlug(slug: string): Promise<Entry | undefined> {
    const [entry] = await this.#database.query<Entry>(`SELECT ${ENTRY} ${FROM} WHERE entries.slug = $1`, [slug])
    return entry
  }

  /** Publishes an entry under a slug that nothing else has. @returns the slug */
  publish(authorId: number, { title, text }: EntryDraft): Promise<string> {
    return this.#database.transaction(async ({ query }) => {
      for (const slug of slugCandidates(title)) {
        const inserted = await query(
          'INSERT INTO entries (author_id, slug, title, text) VALUES ($1, $2, $3, $4) ON CONFLICT (slug) DO NOTHING RETURNING id',
          [authorId, slug, title, text],
        )
        if (inserted.length === 1) return slug
      }
      throw new Error(`no slug is free for ${JSON.stringify(title)}`)
    })
  }

  /** Changes an entry of this author. Its address stays, so that links to it keep working. */
  async change(id: number, authorId: number, { title, text }: EntryDraft): Promise<void> {
    await this.#database.query(
      'UPDATE entries SET title = $3, text = $4, updated = now() WHERE id = $1 AND author_id = $2',
      [id, authorId, title, text],
    )
  }
}

/** The parts of a text between empty lines. */
export function paragraphs(text: string): string[] {
  return text
    .split('\n\n')
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '')
}
