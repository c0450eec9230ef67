/** Opens the database, serves the blog, and closes the database when the last request is over. */
import { randomBytes } from 'node:crypto'
import { OptionError } from '@typhoon/core'
import { createBlog } from './blog.ts'
import { openDatabase } from './database.ts'

const { HOST, PORT = '8888', COOKIE_SECRET, DATABASE_URL, BLOG_DATA, OPEN_SIGN_UP } = process.env
const database = await openDatabase({ url: DATABASE_URL, directory: BLOG_DATA }).catch((error: unknown) => {
  const where = DATABASE_URL === undefined ? `in ${BLOG_DATA ?? 'memory'}` : 'at DATABASE_URL'
  const reason = (error as Partial<Error>).message ?? 'is that a directory which may be written?' // the embedded one gives a number
  console.error(`The blog cannot start: no database ${where}: ${reason}`)
  process.exit(1)
})
const app = createBlog(database, {
  cookieSecret: COOKIE_SECRET ?? randomBytes(32).toString('hex'),
  openSignUp: OPEN_SIGN_UP === '1',
})

try {
  await app.run({ port: Number(PORT), host: HOST, onListening })
} catch (error) {
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
    console.error(
      `Port ${PORT} is in use by another program. Stop that one, or choose another port: PORT=8889 npm start`,
    )
  } else if (error instanceof OptionError) {
    console.error(`The blog cannot start: ${error.message}`)
  } else {
    throw error
  }
  process.exitCode = 1
} finally {
  await database.close()
}

function onListening(): void {
  const log = (message: string) => app.logger.info({ name: 'blog' }, message)
  if (COOKIE_SECRET === undefined) log('COOKIE_SECRET is not set: sign-ins end with this process')
  if (DATABASE_URL === undefined && BLOG_DATA === undefined) {
    log('neither DATABASE_URL nor BLOG_DATA is set: entries are kept in memory')
  }
}
