/**
 * What a rule can lead to, and how the router tells the kinds apart.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { OptionError } from '../options.ts'

/** What routing needs of a handler: `initialize()` gets the rule's arguments. */
interface RoutedHandler {
  initialize(...args: never[]): unknown
}

/** A class that a rule can name; one instance is made for each request. */
type HandlerClass = new (...args: never[]) => RoutedHandler

/** What routing needs of an application that serves a part of another one. */
interface ApplicationTarget {
  handle(...args: never[]): unknown
  reverseUrl(...args: never[]): string
}

/** A listener for Node's `request` event, such as an Express application or what Koa's `callback()` gives. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => unknown

/** A function from a WHATWG `Request` to a `Response`. */
export type FetchFunction = (request: Request) => Response | Promise<Response>

/** A Node listener marked as such by {@link nodeListener}. */
export interface NodeListenerTarget {
  readonly nodeListener: NodeListener
}

/** An object with a `fetch` method, such as a Hono application. */
export interface FetchTarget {
  fetch(request: Request): Response | Promise<Response>
}

/** Whatever can answer requests without rules of ours below it. A bare function is a Node listener. */
export type LeafTarget = HandlerClass | ApplicationTarget | NodeListener | NodeListenerTarget | FetchTarget

/**
 * Says that `listener` is a Node `(request, response)` listener. A bare function is taken for one as well; this
 * spells it out.
 */
export function nodeListener(listener: NodeListener): NodeListenerTarget {
  return Object.freeze({ nodeListener: listener })
}

/**
 * Makes a target of a function from `Request` to `Response`, which would be taken for a Node listener otherwise.
 *
 * @example
 * route('/ping', fetchHandler(() => new Response('pong')))
 */
export function fetchHandler(fetch: FetchFunction): FetchTarget {
  return Object.freeze({ fetch })
}

/** A target whose kind is known. */
export type ResolvedTarget =
  | { readonly kind: 'handler'; readonly handler: HandlerClass; readonly args: object }
  | { readonly kind: 'application'; readonly application: ApplicationTarget }
  | { readonly kind: 'node'; readonly listener: NodeListener }
  | { readonly kind: 'fetch'; readonly fetch: FetchFunction }

const NO_ARGS: object = Object.freeze({})

/**
 * Finds out of which kind a target is.
 *
 * @throws {@link OptionError} for what cannot answer requests, and for arguments that nobody would get
 */
export function resolveTarget(target: unknown, args: unknown): ResolvedTarget {
  if (isHandlerClass(target)) return { kind: 'handler', handler: target, args: checkArgs(args) }
  if (args !== undefined) throw new OptionError('only a handler class takes arguments')
  if (isApplication(target)) return { kind: 'application', application: target }
  if (isNodeListenerTarget(target)) return { kind: 'node', listener: target.nodeListener }
  if (isFunction(target)) return { kind: 'node', listener: refuseClass(target) }
  if (isFetchTarget(target)) return { kind: 'fetch', fetch: (request) => target.fetch(request) }
  throw new OptionError(
    `the target must be a handler class, a list of rules, ${OTHER_TARGETS}, got ${describe(target)}`,
  )
}

const OTHER_TARGETS = 'an application, a function (request, response) or an object with fetch(request)'

function isHandlerClass(target: unknown): target is HandlerClass {
  return isFunction(target) && hasMethod(target.prototype, 'initialize')
}

function isApplication(target: unknown): target is ApplicationTarget {
  return !isFunction(target) && hasMethod(target, 'handle') && hasMethod(target, 'reverseUrl')
}

function isNodeListenerTarget(target: unknown): target is NodeListenerTarget {
  return hasMethod(target, 'nodeListener')
}

function isFetchTarget(target: unknown): target is FetchTarget {
  return hasMethod(target, 'fetch')
}

function isFunction(value: unknown): value is NodeListener & { readonly prototype: unknown } {
  return typeof value === 'function'
}

function hasMethod(owner: unknown, name: string): boolean {
  return Object(owner) === owner && typeof (owner as Record<string, unknown>)[name] === 'function' // an object, as just checked
}

function refuseClass(target: NodeListener): NodeListener {
  if (!/^class\b/.test(Function.prototype.toString.call(target))) return target
  throw new OptionError(
    `${target.name || 'the class'} is a class without initialize(): a handler class must extend RequestHandler`,
  )
}

function checkArgs(args: unknown): object {
  if (args === undefined) return NO_ARGS
  if (typeof args === 'object' && args !== null && !Array.isArray(args)) return args
  throw new OptionError(`the arguments for initialize() must be one object, got ${describe(args)}`)
}

function describe(value: unknown): string {
  if (value === undefined) return 'undefined; do the modules import each other in a circle?'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'object' && value !== null) return `an object (${value.constructor?.name ?? 'null prototype'})`
  return typeof value === 'function' ? `the function ${value.name}` : String(value as unknown)
}
