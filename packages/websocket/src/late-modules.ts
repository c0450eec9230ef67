/** Parts of Node that take long to load, loaded with the first socket that needs them. */
import type * as Crypto from 'node:crypto'
import type * as HTTP from 'node:http'
import type * as HTTPS from 'node:https'
import type * as TLS from 'node:tls'
import type * as Zlib from 'node:zlib'

export function crypto(): typeof Crypto {
  return process.getBuiltinModule('node:crypto')
}

/** Loaded anyway; an import of it would read all of its members, some of which load much more. */
export function http(): typeof HTTP {
  return process.getBuiltinModule('node:http')
}

export function https(): typeof HTTPS {
  return process.getBuiltinModule('node:https')
}

export function tls(): typeof TLS {
  return process.getBuiltinModule('node:tls')
}

export function zlib(): typeof Zlib {
  return process.getBuiltinModule('node:zlib')
}
