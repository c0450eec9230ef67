/** A random tree of files with a server in front of it, for property tests. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Application } from '@typhoon/core'
import { testServer } from '@typhoon/core/testing'
import { type StaticFilesOptions, staticFiles } from '@typhoon/static'

export type Node =
  | { readonly kind: 'file'; readonly path: readonly string[] }
  | { readonly kind: 'link'; readonly path: readonly string[]; readonly to: string }
  | { readonly kind: 'fifo'; readonly path: readonly string[] }

export interface ServedTree extends AsyncDisposable {
  readonly url: URL
  /** The content of every regular file under the root. */
  readonly contents: ReadonlySet<string>
}

/**
 * Makes the files under a root and, with other content, beside it, and serves the root.
 *
 * Nodes that do not fit, because another one is in their way, are left out.
 */
export async function serveTree(nodes: readonly Node[], options: StaticFilesOptions = {}): Promise<ServedTree> {
  const directory = mkdtempSync(join(tmpdir(), 'typhoon-tree-'))
  const root = join(directory, 'root')
  const contents = new Set<string>()
  for (const place of [root, join(directory, 'root-secret'), join(directory, 'outside')]) {
    mkdirSync(place)
    for (const [index, node] of nodes.entries()) {
      const content = `${place === root ? 'inside' : `outside ${place}`} ${index}`
      if (makeNode(place, node, content) && place === root) contents.add(content)
    }
  }
  const application = new Application(staticFiles(root, { prefix: '/s/', ...options }), { logger: false })
  const server = await testServer(application)
  return {
    url: new URL(`${server.url}/s/`),
    contents,
    [Symbol.asyncDispose]: async () => {
      await server.close()
      rmSync(directory, { recursive: true })
    },
  }
}

/** @returns true if a regular file was made */
function makeNode(place: string, node: Node, content: string): boolean {
  const path = join(place, ...node.path)
  try {
    mkdirSync(dirname(path), { recursive: true })
    if (existsSync(path)) return false
    if (node.kind === 'link') symlinkSync(node.to, path)
    else if (node.kind === 'fifo') execFileSync('mkfifo', [path], { stdio: 'ignore' })
    else writeFileSync(path, content, { flag: 'wx' })
    return node.kind === 'file'
  } catch {
    return false // a file is where a directory should be, or a link leads there
  }
}
