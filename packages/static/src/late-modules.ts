/** Parts of Node that take long to load, loaded with the first file that needs them. */
import type * as Crypto from 'node:crypto'
import type * as HTTP from 'node:http'
import type * as Util from 'node:util'
import type * as Zlib from 'node:zlib'

/** What newer versions add; @types/node of the oldest supported one does not know it. Only if {@link HAS_ZSTD}. */
interface Zstd {
  zstdCompress: (content: Uint8Array, options: object, callback: (error: Error | null, result: Buffer) => void) => void
  constants: typeof Zlib.constants & { ZSTD_c_compressionLevel: number }
}

/** Node has zstd from 22.15 on. */
export const HAS_ZSTD: boolean = process.versions['zstd'] !== undefined

/** Node has it loaded anyway; an import of it would read all of its members, some of which load much more. */
export const util: typeof Util = process.getBuiltinModule('node:util')

export function crypto(): typeof Crypto {
  return process.getBuiltinModule('node:crypto')
}

/** Loaded anyway as well. */
export function http(): typeof HTTP {
  return process.getBuiltinModule('node:http')
}

export function zlib(): typeof Zlib & Zstd {
  return process.getBuiltinModule('node:zlib') as typeof Zlib & Zstd
}
