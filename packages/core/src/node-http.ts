/**
 * Node's HTTP module, taken without an import of it: that would read all of its members, one of which brings a client for fetch and
 * WebSockets from Node 22 on, and takes longer than everything else at a start.
 */
import type * as HTTP from 'node:http'

const http: typeof HTTP = process.getBuiltinModule('node:http')

export const createServer: typeof HTTP.createServer = http.createServer
export const STATUS_CODES: typeof HTTP.STATUS_CODES = http.STATUS_CODES

export const IncomingMessage: typeof HTTP.IncomingMessage = http.IncomingMessage
export type IncomingMessage = HTTP.IncomingMessage

export const Server: typeof HTTP.Server = http.Server
export type Server = HTTP.Server

export const ServerResponse: typeof HTTP.ServerResponse = http.ServerResponse
export type ServerResponse = HTTP.ServerResponse
