/** Whatever is in the tree and whatever is asked: a regular file under the root, byte for byte, or an error. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rawRequest } from './raw-request.ts'
import { type Node, serveTree } from './served-tree.ts'

const NAMES = [
  'a',
  'b',
  'c.txt',
  'index.html',
  '.hidden',
  'd e',
  'ü',
  '%41',
  '..x',
  'root-secret',
  'outside',
  'e.css',
  'e.css.gz',
]
const name = fc.constantFrom(...NAMES)
const path = fc.array(name, { minLength: 1, maxLength: 3 })
const target = fc.oneof(
  fc.array(fc.constantFrom('..', '.', ...NAMES), { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/')),
  fc.constantFrom('/etc/passwd', '/', '/dev/zero', '/proc/self/environ'),
)
const node: fc.Arbitrary<Node> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('file' as const), path }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('link' as const), path, to: target }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fifo' as const), path }) },
)

/** A segment as a client might write it: plain, escaped in part or whole, or something that is no name. */
const segment = fc.oneof(
  { weight: 6, arbitrary: name.map(encodeURIComponent) },
  { weight: 2, arbitrary: name.map((text) => Buffer.from(text).toString('hex').replace(/../g, '%$&')) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('..', '.', '', '%2e%2e', '..%2f', '%2e', '%00', '%5c..', '%c0%ae', '%', '..\\'),
  },
  {
    weight: 1,
    arbitrary: fc.string({ maxLength: 6 }).map((text) => encodeURIComponent(text.replace(/[\ud800-\udfff]/g, ''))),
  },
)
const requestPath = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'))

const options = fc.record({
  followSymlinks: fc.boolean(),
  dotfiles: fc.constantFrom('allow' as const, 'deny' as const, 'ignore' as const),
  cleanUrls: fc.boolean(),
  checkInterval: fc.constantFrom(0, 100),
})

const MEANT_FOR_CLIENTS = [301, 400, 403, 404]

test('what is served is a regular file under the root, or an error', { timeout: 60_000 }, async () => {
  const requests = fc.array(requestPath, { minLength: 20, maxLength: 20 })
  let served = 0
  const property = fc.asyncProperty(
    fc.array(node, { minLength: 3, maxLength: 14 }),
    options,
    requests,
    async (nodes, chosen, paths) => {
      await using tree = await serveTree(nodes, chosen)
      const everyNode = nodes.map((each) => each.path.map(encodeURIComponent).join('/'))
      for (const each of [...paths, ...everyNode]) {
        const { status, body } = await rawRequest(tree.url, { target: tree.url.pathname + each })
        const isFile = status === 200 && tree.contents.has(body.toString())
        if (isFile) served += 1
        expect({ path: each, status, allowed: isFile || MEANT_FOR_CLIENTS.includes(status) }).toMatchObject({
          allowed: true,
        })
      }
    },
  )
  await fc.assert(property, { numRuns: 40 })
  expect(served).toBeGreaterThan(100) // the property would hold for a server that refuses everything
})
