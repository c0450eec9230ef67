/**
 * Where the blog is kept: PostgreSQL, embedded in this process or on a server.
 *
 * The only file that knows the two drivers; each is loaded when it is chosen. Values travel as parameters, never in the
 * text of a statement.
 */

/** A value for `$1`, `$2` and so on. */
export type Parameter = string | number | null

export interface Queries {
  /** Runs one statement. @returns its rows, whose shape the caller knows by the statement */
  query<Row extends object>(this: void, text: string, parameters?: readonly Parameter[]): Promise<Row[]>
}

export interface Database extends Queries {
  /** Runs several statements of which all take effect, or none if `work` rejects. */
  transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result>
  /** Waits for what is under way, and closes. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** Of a PostgreSQL server, such as `postgres://ann:secret@127.0.0.1/blog`. @defaultValue none: the embedded one */
  url?: string | undefined
  /** Where the embedded one keeps its files. @defaultValue in memory, and lost with the process */
  directory?: string | undefined
}

const MAX_CONNECTIONS = 10

/** Connects, and creates the tables that are not there yet. */
export async function openDatabase({ url, directory }: DatabaseOptions = {}): Promise<Database> {
  const database = url === undefined ? await openEmbedded(directory) : await connectToServer(url)
  try {
    await createTables(database)
  } catch (error) {
    await database.close()
    throw error
  }
  return database
}

async function openEmbedded(directory: string | undefined): Promise<Database> {
  const { PGlite } = await import('@electric-sql/pglite')
  const engine = await (directory === undefined ? PGlite.create() : PGlite.create(directory))
  const on = (carrier: Pick<typeof engine, 'query'>): Queries => ({
    query: async <Row>(text: string, parameters: readonly Parameter[] = []) =>
      (await carrier.query<Row>(text, [...parameters])).rows,
  })
  return {
    ...on(engine),
    transaction: (work) => engine.transaction((transaction) => work(on(transaction))),
    close: () => engine.close(),
  }
}

async function connectToServer(url: string): Promise<Database> {
  const { default: postgres } = await import('postgres')
  const ignoreNotice = () => {} // such as that a table is there already
  const sql = postgres(url, { max: MAX_CONNECTIONS, onnotice: ignoreNotice })
  const on = (carrier: Pick<typeof sql, 'unsafe'>): Queries => ({
    query: async <Row extends object>(text: string, parameters: readonly Parameter[] = []) => [
      ...(await carrier.unsafe<Row[]>(text, [...parameters])), // unsafe for texts made of input; ours are constants
    ],
  })
  return {
    ...on(sql),
    transaction: async <Result>(work: (queries: Queries) => Promise<Result>) =>
      (await sql.begin((transaction) => work(on(transaction)))) as Result, // typed for lists of promises, which work() never returns
    close: () => sql.end({ timeout: 5 }),
  }
}

const SCHEMA_LOCK = 0x626c6f67 // any number that nobody else locks in this database

const TABLES = [
  `CREATE TABLE IF NOT EXISTS authors (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    name_key text NOT NULL UNIQUE,
    password_hash text NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS entries (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    author_id integer NOT NULL REFERENCES authors,
    slug text NOT NULL UNIQUE,
    title text NOT NULL,
    text text NOT NULL,
    published timestamptz NOT NULL DEFAULT now(),
    updated timestamptz NOT NULL DEFAULT now()
  )`,
  'CREATE INDEX IF NOT EXISTS entries_published ON entries (published DESC, id DESC)',
]

function createTables(database: Database): Promise<void> {
  return database.transaction(async ({ query }) => {
    await query('SELECT pg_advisory_xact_lock($1)', [SCHEMA_LOCK]) // several processes may start at once
    for (const statement of TABLES) await query(statement)
  })
}
