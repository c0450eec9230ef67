/** What `route()` accepts and refuses; the texts of its errors are in messages.test.ts. */
import { Application, mount, RequestHandler, type Rule, route } from '@typhoon/core'

interface Database {
  story(id: string): Promise<object>
}
declare const db: Database

class Plain extends RequestHandler {
  override get() {}
}
class WithDatabase extends RequestHandler {
  override initialize({ db: database }: { db: Database }) {
    void database
  }
  override async get({ id }: { id: string }) {
    return id
  }
}
class WithOption extends RequestHandler {
  override initialize({ pageSize = 10 }: { pageSize?: number }) {
    void pageSize
  }
}
class ById extends RequestHandler {
  override get({ id }: { id: string }) {
    return id
  }
  override delete(params: { id: string; tab?: string }) {
    return params
  }
}
class Positional extends RequestHandler {
  override get(id: string, tab?: string) {
    return id + tab
  }
}
class Rest extends RequestHandler {
  override get(...groups: (string | undefined)[]) {
    return groups
  }
}
class ByNumber extends RequestHandler {
  override get({ id }: { id: number }) {
    return id
  }
}
class Files extends RequestHandler {
  override get({ path }: { path: string[] }) {
    return path
  }
}
class Animals extends RequestHandler {
  override get(kind: 'cats' | 'dogs') {
    return kind
  }
}
class PostsNumber extends RequestHandler {
  override get() {}
  override post(id: number) {
    return id
  }
}
class WithHelpers extends RequestHandler {
  override get() {}
  open(file: number) {
    return file
  }
}
class Socket extends RequestHandler {
  open({ room }: { room: number }) {
    return room
  }
  onMessage(message: string) {
    return message
  }
}

// patterns and methods
route('/', Plain)
route('/user/:id', Plain)
route('/user/:id', ById)
route('/user/:id{/:tab}', ById)
route('/user/:id/:other', ById)
route('/files/*path', Files)
route(/\/user\/(\d+)/, Positional)
route(/\/user\/(?<id>\d+)/, ById)
route(/\/user\/(\d+)/, Rest)
route(/\/(cats|dogs)/, Animals)
route('/file/:id', WithHelpers)
route('/user/:id' as string, ByNumber) // a pattern that the compiler does not know
// @ts-expect-error the param is a string
route('/user/:id', ByNumber)
// @ts-expect-error one object, not one argument each
route('/user/:id', Positional)
// @ts-expect-error the param has another name
route('/user/:userId', ById)
// @ts-expect-error the param is optional
route('/user{/:id}', ById)
// @ts-expect-error there is no param
route('/user', ById)
// @ts-expect-error a param is no list
route('/files/:path', Files)
// @ts-expect-error every method counts
route('/user/:id', PostsNumber)
// @ts-expect-error groups are strings
route(/\/user\/(\d+)/, PostsNumber)
// @ts-expect-error named groups as well
route(/\/user\/(?<id>\d+)/, ByNumber)
// @ts-expect-error a socket's open() gets the params
route('/room/:room', Socket)

// arguments and initialize()
route('/user/:id', WithDatabase, { db })
route('/user/:id', WithDatabase, { db }, { name: 'user' })
route('/', WithOption)
route('/', WithOption, { pageSize: 20 })
route('/', Plain, {}, { name: 'plain' })
route('/', Plain, undefined, { name: 'plain' })
// @ts-expect-error initialize() needs a database
route('/user/:id', WithDatabase)
// @ts-expect-error and nothing else
route('/user/:id', WithDatabase, { db: 'postgres:' })
// @ts-expect-error and no more than that
route('/user/:id', WithDatabase, { db, cache: true })
// @ts-expect-error nobody gets this
route('/', Plain, { db })
// @ts-expect-error a misspelt option
route('/', Plain, {}, { nam: 'plain' })

// targets
route('/', [['/', Plain]])
route('/', (_request, response) => response.end())
route('/', { fetch: () => new Response('hello') })
route('/', new Application([]))
// @ts-expect-error a class that is no handler
route('/', class NoHandler {})
// @ts-expect-error an instance
route('/', {})
// @ts-expect-error a number answers nothing
mount('/', 5)

// tuples
const rules: Rule[] = [
  ['/', Plain],
  [/\/user\/(\d+)/, Positional, {}, 'user'],
  ['/', WithDatabase, { db }],
  ['/nested', [['/nested', Plain]]],
  route('/user/:id', WithDatabase, { db }, { name: 'typed' }),
  mount('/api', [['/', Plain]]),
]
new Application(rules)
// @ts-expect-error arguments are an object
new Application([['/', Plain, 5]])
// @ts-expect-error five elements
new Application([['/', Plain, {}, 'name', {}]])
