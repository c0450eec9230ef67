/** `reverseUrl()` knows the names of the table and what a URL for each is made of. */
import { Application, group, hostMatches, mount, RequestHandler, type Rule, route } from '@typhoon/core'

class Handler extends RequestHandler {}

const app = new Application([
  route('/user/:id', Handler, {}, { name: 'user' }),
  route('/page{/:number}', Handler, {}, { name: 'page' }),
  route('/unnamed', Handler),
  route(/\/story\/(\d+)/, Handler, {}, { name: 'story' }),
  ['/files/*path', Handler, {}, 'files'],
  [/\/nested\/.*/, [['/nested/:deep', Handler, undefined, 'nested']]],
  mount('/api', [['/:version', Handler, {}, 'api']]),
  group([route('/grouped', Handler, {}, { name: 'grouped' })]),
  hostMatches('example.com', [mount('/x', [['/:y', Handler, {}, 'host']])]),
])

app.reverseUrl('user', { id: 7 })
app.reverseUrl('user', { id: 'seven' })
app.reverseUrl('user', { id: 7n })
app.reverseUrl('page')
app.reverseUrl('page', { number: 2 })
app.reverseUrl('story', 17)
app.reverseUrl('files', { path: ['a', 1] })
app.reverseUrl('files', { path: 'a/b' })
app.reverseUrl('nested', { deep: 1 })
app.reverseUrl('api', { version: 'v1' })
app.reverseUrl('grouped')
app.reverseUrl('host', { y: 1 })
// @ts-expect-error there is no such name
app.reverseUrl('users', { id: 7 })
// @ts-expect-error the id is missing
app.reverseUrl('user')
// @ts-expect-error it is called id
app.reverseUrl('user', { userId: 7 })
// @ts-expect-error an object is no value
app.reverseUrl('user', { id: {} })
// @ts-expect-error a param is no list
app.reverseUrl('user', { id: ['a', 'b'] })
// @ts-expect-error in nested lists as well
app.reverseUrl('host', { z: 1 })

// a table that the compiler does not know may have any name
declare const rules: Rule[]
new Application(rules).reverseUrl('whatever', { id: 7 })
const anyApplication: Application = app
anyApplication.reverseUrl('whatever', 7)
const partlyKnown = new Application([route('/user/:id', Handler, {}, { name: 'user' }), mount('/x', rules)])
partlyKnown.reverseUrl('whatever', 7)
