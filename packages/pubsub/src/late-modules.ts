/** Parts of Node that take long to load, loaded with the first message that needs them. */
import type { Cluster } from 'node:cluster'
import type * as Crypto from 'node:crypto'
import type * as Util from 'node:util'

/** Node has it loaded anyway; an import of it would read all of its members, some of which load much more. */
export const util: typeof Util = process.getBuiltinModule('node:util')

export function cluster(): Cluster {
  return process.getBuiltinModule('node:cluster') as unknown as Cluster // its types describe the module as import has it
}

export function crypto(): typeof Crypto {
  return process.getBuiltinModule('node:crypto')
}
