/**
 * Parts of Node that few programs need, or none before its first request, loaded when they are: together they take about as
 * long as all of the framework.
 */
import type { Cluster } from 'node:cluster'
import type * as Crypto from 'node:crypto'
import type * as HTTP2 from 'node:http2'
import type * as HTTPS from 'node:https'
import type * as WorkerThreads from 'node:worker_threads'
import type * as Zlib from 'node:zlib'

/** What newer versions add; @types/node of the oldest supported one does not know it. Only if {@link HAS_ZSTD}. */
interface Zstd {
  zstdCompressSync(bytes: Uint8Array): Buffer
  zstdDecompressSync(bytes: Uint8Array): Buffer
  createZstdCompress(): Zlib.BrotliCompress
  createZstdDecompress(options: { params: Record<number, number> }): Zlib.BrotliDecompress
}

/** Node has zstd from 22.15 on. */
export const HAS_ZSTD: boolean = process.versions['zstd'] !== undefined

export const cluster: () => Cluster = late('node:cluster')
export const crypto: () => typeof Crypto = late('node:crypto')
export const http2: () => typeof HTTP2 = late('node:http2')
export const https: () => typeof HTTPS = late('node:https')
export const workerThreads: () => typeof WorkerThreads = late('node:worker_threads')
export const zlib: () => typeof Zlib & Zstd = late('node:zlib')

function late<Module>(name: string): () => Module {
  let module: Module | undefined
  return () => {
    module ??= process.getBuiltinModule(name) as Module
    return module
  }
}
