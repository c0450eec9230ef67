/**
 * Parts of Node that few programs need, loaded when one does: together they take about as long as all of the framework.
 */
import type { Cluster } from 'node:cluster'
import type * as HTTP2 from 'node:http2'
import type * as HTTPS from 'node:https'
import type * as WorkerThreads from 'node:worker_threads'

export function cluster(): Cluster {
  return process.getBuiltinModule('node:cluster') as unknown as Cluster // its types describe the module as import has it
}

export function http2(): typeof HTTP2 {
  return process.getBuiltinModule('node:http2')
}

export function https(): typeof HTTPS {
  return process.getBuiltinModule('node:https')
}

export function workerThreads(): typeof WorkerThreads {
  return process.getBuiltinModule('node:worker_threads')
}
