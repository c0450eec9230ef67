/** A user's program against the packed packages: one page is asked for, with what each package brings to it. */
import assert from 'node:assert/strict'
import { Application, HTTPError, RequestHandler, route } from '@typhoon/core'
import { type HubMessage, MemoryHub } from '@typhoon/pubsub'
import { staticFiles } from '@typhoon/static'
import { Templates } from '@typhoon/templates'
import { WebSocketHandler, websocketConnect } from '@typhoon/websocket'

const hub = new MemoryHub()
const asked: string[] = []
await hub.subscribe('stories', (message: HubMessage) => asked.push(String(message.data)))

class StoryHandler extends RequestHandler {
  override async get({ title }: { title: string }) {
    if (title === 'none') throw new HTTPError(404, 'no such story')
    await hub.publish('stories', title)
    await this.render('story', { title })
  }
}

class EchoHandler extends WebSocketHandler {
  override async onMessage(message: string | Buffer) {
    await this.writeMessage(message)
  }
}

const templates = new Templates(new URL('../views', import.meta.url))
const views = staticFiles(new URL('../views', import.meta.url), { prefix: '/views/' })
const app = new Application([route('/story/:title', StoryHandler), ['/echo', EchoHandler], ...views], { templates })
const server = await app.listen({ port: 0, host: '127.0.0.1' })

const found = await fetch(`${server.url}/story/a%3Cb`)
assert.equal(found.status, 200)
assert.equal((await found.text()).trim(), '<h1>a&lt;b</h1>')
assert.deepEqual(asked, ['a<b'])
assert.equal((await fetch(`${server.url}/story/none`)).status, 404)

assert.equal((await fetch(new URL(app.staticUrl('story.eta'), server.url))).headers.get('etag')?.startsWith('"'), true)

const socket = await websocketConnect(`${server.url.replace('http', 'ws')}/echo`)
await socket.writeMessage('hello')
assert.equal(await socket.readMessage(), 'hello')
await socket.close()

await server.close()
await hub.close()
console.log('served')
