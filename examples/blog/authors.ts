import type { Database } from './database.ts'
import { hashPassword, verifyPassword } from './password.ts'

export interface Author {
  readonly id: number
  readonly name: string
}

/** Those who may write. */
export class Authors {
  readonly #database: Database
  readonly #openSignUp: boolean

  /** @param openSignUp - let everybody sign up; otherwise only the first author can */
  constructor(database: Database, { openSignUp }: { openSignUp: boolean }) {
    this.#database = database
    this.#openSignUp = openSignUp
  }

  async isSignUpOpen(): Promise<boolean> {
    return this.#openSignUp || (await this.#database.query('SELECT id FROM authors LIMIT 1')).length === 0
  }

  async byId(id: number): Promise<Author | undefined> {
    const [author] = await this.#database.query<Author>('SELECT id, name FROM authors WHERE id = $1', [id])
    return author
  }

  /** A new author; `'taken'` if the name differs from another in case only, `'closed'` if nobody may sign up any more. */
  async signUp(name: string, password: string): Promise<Author | 'taken' | 'closed'> {
    if (!(await this.isSignUpOpen())) return 'closed' // before scrypt is put to work
    const passwordHash = await hashPassword(password)
    return this.#database.transaction(async ({ query }) => {
      await query('LOCK TABLE authors IN EXCLUSIVE MODE') // of two that are the first, one is
      const others = await (this.#openSignUp
        ? query('SELECT id FROM authors WHERE name_key = $1', [nameKey(name)])
        : query('SELECT id FROM authors LIMIT 1'))
      if (others.length > 0) return this.#openSignUp ? 'taken' : 'closed'
      const [author] = await query<Author>(
        'INSERT INTO authors (name, name_key, password_hash) VALUES ($1, $2, $3) RETURNING id, name',
        [name, nameKey(name), passwordHash],
      )
      return author as Author // RETURNING gives the row that was inserted
    })
  }

  /** The author of that name, if this is the password. */
  async signIn(name: string, password: string): Promise<Author | undefined> {
    const [found] = await this.#database.query<Author & { password_hash: string }>(
      'SELECT id, name, password_hash FROM authors WHERE name_key = $1',
      [nameKey(name)],
    )
    const isRight = await verifyPassword(password, found?.password_hash)
    return found !== undefined && isRight ? { id: found.id, name: found.name } : undefined
  }
}

/** Names that look the same have the same key: `Ann` and `ANN`, or one with a wide letter. */
function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}
