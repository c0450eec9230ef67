// @typhoon/core: made by scripts/api-report.mjs, not by hand

// index.d.ts
export { Application } from './application.ts';
export type { ApplicationSettings, ResolvedSettings } from './application-settings.ts';
export { ConnectionClosedError, Finish, type HeaderFields, HeadersSentError, HTTPError, type HTTPErrorOptions, MissingArgumentError, ResponseFinishedError, } from './errors.ts';
export type { Exchange, ExchangeHandler, NodeMessages, Peer } from './exchange.ts';
export type { HandlerApplication, HandlerContext, HandlerSettings, PathArgs, StaticURLOptions, } from './handler-context.ts';
export type { HandlerClass, HandlerStatics } from './handler-profile.ts';
export { ErrorHandler } from './handlers/error-handler.ts';
export { EventStreamHandler, encodeEvent, type ServerSentEvent } from './handlers/event-stream-handler.ts';
export { FallbackHandler } from './handlers/fallback-handler.ts';
export { ReadinessHandler } from './handlers/readiness-handler.ts';
export { type RedirectArgs, RedirectHandler } from './handlers/redirect-handler.ts';
export type { CookieAttributes } from './headers/cookie.ts';
export { HTTPHeaders } from './http-headers.ts';
export type { Locale, LocaleCatalogue } from './locale.ts';
export { type Logger, type LogMethod, lineLogger } from './log.ts';
export { Executor, ExecutorFullError, type ExecutorOptions } from './loop/executor.ts';
export { IOLoop, type LoopCallback } from './loop/io-loop.ts';
export { LoopMonitor, type LoopMonitorOptions } from './loop/loop-monitor.ts';
export type { LoopTimeout } from './loop/loop-timeout.ts';
export { PeriodicCallback, type PeriodicCallbackOptions } from './loop/periodic-callback.ts';
export { type ConnectMiddleware, connect } from './middleware/connect.ts';
export { type ContentSecurityDirectives, type ContentSecurityPolicyOptions, type ContentSecuritySource, cspNonce, } from './middleware/content-security-policy.ts';
export { type CorsOptions, cors, type OriginCheck } from './middleware/cors.ts';
export { type RateLimitOptions, rateLimit } from './middleware/rate-limit.ts';
export { type RequestIdOptions, requestId } from './middleware/request-id.ts';
export { type ReferrerPolicy, type SecurityHeadersOptions, type StrictTransportSecurityOptions, securityHeaders, } from './middleware/security-headers.ts';
export type { Middleware } from './middleware.ts';
export { OptionError } from './options.ts';
export type { ArgumentMap } from './request/arguments.ts';
export type { BodyLimits } from './request/body-limits.ts';
export type { HTTPFile } from './request/http-file.ts';
export type { ServerRequest } from './request/server-request.ts';
export { type ArgumentOptions, type Chunk, type CurrentUser, type ErrorDetails, type RedirectOptions, RequestHandler, type SignedCookieAttributes, } from './request-handler.ts';
export type { CompressionOptions, ContentCoding } from './response/compression.ts';
export { ContentLengthError } from './response/response-writer.ts';
export type { PathParams } from './routing/path-params.ts';
export { ReverseURLError } from './routing/reverse-url.ts';
export { group, hostMatches, mount, type Route, type RouteOptions, type Rule, type RuleGroup, route, } from './routing/route.ts';
export type { RouteEntry } from './routing/route-entry.ts';
export { fetchHandler, nodeListener } from './routing/route-target.ts';
export { escapeHTML } from './security/escape.ts';
export { isLocalTarget } from './security/local-redirect.ts';
export { type CookieSecret, createSignedValue, decodeSignedValue } from './security/signed-value.ts';
export { type CloseOptions, HTTPServer } from './server/http-server.ts';
export { ListenError } from './server/listen.ts';
export type { RunOptions } from './server/run.ts';
export type { ServerOptions } from './server/server-options.ts';
export { taskId } from './server/worker-process.ts';
export type { TemplateEngine, TemplateNamespace } from './template-engine.ts';
export type { RequestTrace } from './tracing.ts';
export { type Schema, ValidationError, type ValidationIssue } from './validation.ts';

// application.d.ts
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ApplicationSettings, type ResolvedSettings } from './application-settings.ts';
import type { HTTPError } from './errors.ts';
import type { Exchange, ExchangeHandler } from './exchange.ts';
import type { StaticURLOptions } from './handler-context.ts';
import type { LifecycleApplication } from './lifecycle-application.ts';
import { type Logger } from './log.ts';
import type { ResolvedBodyLimits } from './request/body-limits.ts';
import type { RequestHandler } from './request-handler.ts';
import type { ResolvedCompression } from './response/compression.ts';
import type { Rule } from './routing/route.ts';
import { type RouteEntry } from './routing/route-entry.ts';
import type { NamedRoute, NamedRoutes, PatternOf, ReverseArgs } from './routing/route-names.ts';
import { HTTPServer } from './server/http-server.ts';
import { type RunOptions } from './server/run.ts';
import { type ServerOptions } from './server/server-options.ts';
export declare class Application<const Rules extends readonly Rule[] = readonly Rule[], Names extends NamedRoute = NamedRoutes<Rules>> implements ExchangeHandler, LifecycleApplication {
    #private;
    readonly settings: ResolvedSettings;
    constructor(rules: Rules, settings?: ApplicationSettings);
    get logger(): Logger;
    get bodyLimits(): ResolvedBodyLimits;
    get compression(): ResolvedCompression | undefined;
    get routes(): readonly RouteEntry[];
    addHandlers(host: string | RegExp, rules: readonly Rule[]): void;
    reverseUrl<Name extends Names['name']>(name: Name, ...values: ReverseArgs<PatternOf<Names, Name>>): string;
    staticUrl(path: string, options?: StaticURLOptions): string;
    listen(where?: number | ServerOptions): Promise<HTTPServer>;
    run(options?: RunOptions): Promise<void>;
    callback(): (req: IncomingMessage, res: ServerResponse) => void;
    handle(exchange: Exchange, path?: string): void;
    refuse(exchange: Exchange, error: HTTPError): void;
    takesUpgrade(target: string, host: string | undefined, path?: string): boolean;
    logRequest(handler: RequestHandler): void;
}

// application-settings.d.ts
import type { HandlerSettings } from './handler-context.ts';
import type { HandlerClass } from './handler-profile.ts';
import type { CookieAttributes } from './headers/cookie.ts';
import { type LocaleCatalogue } from './locale.ts';
import { type Logger } from './log.ts';
import type { Middleware } from './middleware.ts';
import { type BodyLimits, type ResolvedBodyLimits } from './request/body-limits.ts';
import type { RequestHandler } from './request-handler.ts';
import { type CompressionOptions, type ResolvedCompression } from './response/compression.ts';
import { type CookieSecret } from './security/signed-value.ts';
import type { TemplateEngine } from './template-engine.ts';
export interface ApplicationSettings extends BodyLimits {
    debug?: boolean | undefined;
    cookieSecret?: CookieSecret | undefined;
    keyVersion?: number | undefined;
    xsrfCookies?: boolean | undefined;
    xsrfOriginCheck?: boolean | undefined;
    xsrfCookieName?: string | undefined;
    xsrfCookieAttributes?: CookieAttributes | undefined;
    trustedOrigins?: readonly string[] | undefined;
    loginUrl?: string | undefined;
    etagMinSize?: number | false | undefined;
    compressResponse?: boolean | CompressionOptions | undefined;
    templates?: TemplateEngine | undefined;
    locales?: LocaleCatalogue | undefined;
    logger?: Logger | false | undefined;
    logRequest?: ((handler: RequestHandler) => void) | undefined;
    middleware?: readonly Middleware[] | undefined;
    defaultHandler?: HandlerClass | undefined;
    defaultHandlerArgs?: object | undefined;
}
export interface ResolvedSettings extends HandlerSettings {
    readonly logRequest: ((handler: RequestHandler) => void) | undefined;
    readonly middleware: readonly Middleware[];
    readonly defaultHandler: HandlerClass | undefined;
    readonly defaultHandlerArgs: object;
    readonly logger: Logger;
    readonly bodyLimits: ResolvedBodyLimits;
    readonly compression: ResolvedCompression | undefined;
}
export declare function resolveSettings(given?: ApplicationSettings): ResolvedSettings;

// handler-context.d.ts
import type { Exchange } from './exchange.ts';
import type { CookieAttributes } from './headers/cookie.ts';
import type { LocaleCatalogue } from './locale.ts';
import type { Logger } from './log.ts';
import type { ServerRequest } from './request/server-request.ts';
import type { ResponseWriter } from './response/response-writer.ts';
import type { CookieSecret } from './security/signed-value.ts';
import type { TemplateEngine } from './template-engine.ts';
export interface HandlerSettings {
    readonly debug: boolean;
    readonly cookieSecret: CookieSecret | undefined;
    readonly keyVersion: number | undefined;
    readonly xsrfCookies: boolean;
    readonly xsrfOriginCheck: boolean | undefined;
    readonly xsrfCookieName: string;
    readonly xsrfCookieAttributes: CookieAttributes;
    readonly trustedOrigins: readonly string[];
    readonly loginUrl: string | undefined;
    readonly etagMinSize: number | false;
    readonly maxArguments: number;
    readonly templates: TemplateEngine | undefined;
    readonly locales: LocaleCatalogue;
}
export interface StaticURLOptions {
    includeHost?: boolean;
    includeVersion?: boolean;
}
export interface HandlerApplication {
    readonly settings: HandlerSettings;
    readonly logger: Logger;
    reverseUrl(name: string, ...values: unknown[]): string;
    staticUrl(path: string, options?: StaticURLOptions): string;
}
export type PathArgs = readonly (string | undefined)[] & Readonly<Record<string, string | readonly string[] | undefined>>;
export interface HandlerContext {
    readonly application: HandlerApplication;
    readonly exchange: Exchange;
    readonly request: ServerRequest;
    response: ResponseWriter;
    readonly pathArgs: PathArgs;
    readonly xsrf: {
        readonly token: boolean;
        readonly origin: boolean;
    };
    readonly etagMinSize: number | false;
    readonly asyncUser: boolean;
    sending: Promise<void> | undefined;
    sendingFailed: boolean;
    refusal: string | undefined;
    hold(holder: RequestHolder): void;
    release(): void;
}
export interface RequestHolder {
    connectionClosed(): void;
}

// exchange.d.ts
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { PeerCertificate } from 'node:tls';
import type { HTTPError } from './errors.ts';
import type { HTTPHeaders } from './http-headers.ts';
export interface Peer {
    readonly address: string;
    readonly port: number;
    readonly encrypted: boolean;
    certificate(): PeerCertificate | undefined;
}
export interface NodeMessages {
    readonly req: IncomingMessage;
    readonly res: ServerResponse;
}
export interface ContentSource extends AsyncIterable<Buffer> {
    whole?(): Promise<Buffer>;
}
export interface Exchange {
    readonly method: string;
    readonly target: string;
    readonly httpVersion: '1.0' | '1.1' | '2.0';
    readonly headers: HTTPHeaders;
    readonly authority: string;
    readonly peer: Peer;
    readonly startTime: number;
    readonly hasBody: boolean;
    readonly contentLength: number | undefined;
    readonly body: ContentSource;
    readonly headSent: boolean;
    readonly ended: boolean;
    readonly peerGone: boolean;
    respond(status: number, reason: string, fields: readonly string[], body: string | Uint8Array | undefined, size: number): void;
    sendHead(status: number, reason: string, fields: readonly string[]): void;
    write(chunk: string | Uint8Array): boolean;
    drained(): Promise<void>;
    end(): void;
    abort(): void;
    sendInformational(status: number, fields: readonly string[]): void;
    watch(watcher: ExchangeWatcher): void;
    handled(): void;
    readonly shuttingDown: boolean;
    addShutdownListener(listener: ShutdownListener): void;
    removeShutdownListener(listener: ShutdownListener): void;
    readonly upgradable: boolean;
    takeSocket(): {
        socket: Duplex;
        head: Buffer;
    };
    readonly node: NodeMessages | undefined;
}
export interface ShutdownListener {
    serverClosing(): void;
}
export interface ExchangeWatcher {
    exchangeClosed(completed: boolean): void;
}
export interface ExchangeHandler {
    handle(exchange: Exchange): void;
    refuse(exchange: Exchange, error: HTTPError): void;
    takesUpgrade(target: string, host: string | undefined): boolean;
}

// errors.d.ts
export type HeaderFields = Readonly<Record<string, string | number | Date | readonly string[]>>;
export interface HTTPErrorOptions extends ErrorOptions {
    headers?: HeaderFields;
    reason?: string;
}
export declare class HTTPError extends Error {
    readonly status: number;
    readonly logMessage: string | undefined;
    readonly headers: HeaderFields;
    readonly reason: string | undefined;
    constructor(status: number, logMessage?: string, options?: HTTPErrorOptions);
}
export declare class MissingArgumentError extends HTTPError {
    readonly argument: string;
    constructor(argument: string);
}
export declare class Finish extends Error {
    readonly body: unknown;
    constructor(body?: unknown);
}
export declare class HeadersSentError extends Error {
    readonly code = "TYPHOON_HEADERS_SENT";
    constructor(action: string);
}
export declare class ResponseFinishedError extends Error {
    readonly code = "TYPHOON_RESPONSE_FINISHED";
    constructor(action: string);
}
export declare class ConnectionClosedError extends Error {
    readonly code = "TYPHOON_CONNECTION_CLOSED";
    constructor(message?: string, options?: ErrorOptions);
}

// http-headers.d.ts
export declare class HTTPHeaders implements Iterable<[name: string, value: string]> {
    #private;
    constructor(raw: readonly string[]);
    get(name: string): string | undefined;
    getAll(name: string): string[];
    has(name: string): boolean;
    get size(): number;
    [Symbol.iterator](): IterableIterator<[name: string, value: string]>;
}

// headers/cookie.d.ts
export interface CookieAttributes {
    domain?: string;
    path?: string;
    expires?: Date | number;
    maxAge?: number;
    httpOnly?: boolean;
    secure?: boolean;
    sameSite?: 'Strict' | 'Lax' | 'None';
    partitioned?: boolean;
    priority?: 'Low' | 'Medium' | 'High';
}
export declare function parseCookies(value: string): Record<string, string>;
export declare function readCookie(value: string, name: string): string | undefined;
export declare function serializeCookie(name: string, value: string, attributes?: CookieAttributes): string;

// locale.d.ts
export interface Locale {
    readonly code: string;
    readonly name: string;
    readonly dir: 'ltr' | 'rtl';
    translate(message: string, pluralMessage?: string, count?: number): string;
    pgettext(context: string, message: string, pluralMessage?: string, count?: number): string;
    formatDate(date: Date | number, options?: object): string;
    formatNumber(value: number, options?: Intl.NumberFormatOptions): string;
    list(parts: readonly string[]): string;
}
export interface LocaleCatalogue {
    closest(codes: readonly string[]): Locale;
}
export declare const plainCatalogue: LocaleCatalogue;

// log.d.ts
export type LogMethod = (fields: object, message: string) => void;
export interface Logger {
    debug: LogMethod;
    info: LogMethod;
    warn: LogMethod;
    error: LogMethod;
}
export declare function lineLogger(write?: (line: string) => void): Logger;
export declare const silentLogger: Logger;
export declare function escapeControls(text: string): string;

// request/server-request.d.ts
import type { PeerCertificate } from 'node:tls';
import type { Exchange, NodeMessages } from '../exchange.ts';
import type { HTTPHeaders } from '../http-headers.ts';
import { type ArgumentMap } from './arguments.ts';
import type { HTTPFile } from './http-file.ts';
export interface ReceivedBody {
    readonly body: Buffer;
    readonly bodyArguments: ArgumentMap;
    readonly files: ReadonlyMap<string, readonly HTTPFile[]>;
}
export declare class ServerRequest {
    #private;
    readonly method: string;
    readonly path: string;
    readonly query: string;
    readonly headers: HTTPHeaders;
    id: string | undefined;
    constructor(exchange: Exchange, maxArguments: number);
    get uri(): string;
    get version(): string;
    get host(): string;
    get hostName(): string;
    get protocol(): 'http' | 'https';
    get remoteIp(): string;
    get certificate(): PeerCertificate | undefined;
    fullUrl(): string;
    requestTime(): number;
    get body(): Buffer & AsyncIterable<Buffer>;
    get bytes(): Buffer;
    get queryArguments(): ArgumentMap;
    get bodyArguments(): ArgumentMap;
    get arguments(): ArgumentMap;
    get files(): ReadonlyMap<string, readonly HTTPFile[]>;
    get cookies(): Readonly<Record<string, string>>;
    cookie(name: string): string | undefined;
    get signal(): AbortSignal;
    get node(): NodeMessages | undefined;
    receive(received: ReceivedBody): void;
    get maxBodySize(): number;
    set maxBodySize(size: number);
    streamBody(maxBodySize: number): void;
    disconnected(): void;
}

// request/arguments.d.ts
export type ArgumentMap = Map<string, string[]>;
export interface ArgumentLimits {
    readonly maxFields: number;
}
export declare function parseUrlencoded(input: string | Uint8Array, limits: ArgumentLimits): ArgumentMap;
export declare function addArgument(to: ArgumentMap, name: string, value: string): void;
export declare function decodeArgument(bytes: Uint8Array, name?: string): string;
export declare function percentDecode(text: string): Buffer;
export declare function cleanArgument(value: string, strip: boolean): string;

// request/http-file.d.ts
import { Readable } from 'node:stream';
export type FileContent = {
    readonly body: Buffer;
} | {
    readonly path: string;
    readonly size: number;
};
export declare let removeFile: (file: HTTPFile) => Promise<void>;
export declare class HTTPFile {
    #private;
    readonly filename: string;
    readonly contentType: string;
    readonly size: number;
    readonly body: Buffer | undefined;
    constructor(filename: string, contentType: string, content: FileContent);
    get path(): string | undefined;
    bytes(): Promise<Buffer>;
    text(): Promise<string>;
    stream(): Readable;
    moveTo(path: string): Promise<void>;
}

// response/response-writer.d.ts
import type { Exchange } from '../exchange.ts';
import { type ResolvedCompression } from './compression.ts';
import { type FieldValue, ResponseHeaders } from './response-headers.ts';
export declare class ContentLengthError extends Error {
    readonly code = "TYPHOON_CONTENT_LENGTH";
}
export declare class ResponseWriter {
    #private;
    constructor(exchange: Exchange, compression: ResolvedCompression | undefined);
    get status(): number;
    get reason(): string;
    get headers(): ResponseHeaders;
    get headSent(): boolean;
    get finished(): boolean;
    get pristine(): boolean;
    setStatus(status: number, reason?: string): void;
    setLasting(name: string, value: FieldValue): void;
    addVary(name: string): void;
    setCookie(name: string, line: string): void;
    clear(): void;
    restoreLasting(): void;
    write(chunk: string | Uint8Array): void;
    discardBody(): void;
    chooseCoding(size: number | undefined): void;
    get pending(): string | Uint8Array;
    get pendingSize(): number;
    flush(): Promise<void>;
    finish(): void;
    abort(): void;
    handOver(statusOf: () => number): void;
    assertHeadNotSent(action: string, argument?: string): void;
    headFields(): readonly string[];
}
export declare const DETACHED_RESPONSE: ResponseWriter;

// response/compression.d.ts
import type { ResponseHeaders } from './response-headers.ts';
export type ContentCoding = 'br' | 'zstd' | 'gzip';
export interface CompressionOptions {
    minSize?: number | undefined;
    codings?: readonly ContentCoding[] | undefined;
}
export type ResolvedCompression = Readonly<{
    minSize: number;
    codings: readonly ContentCoding[];
}>;
export declare function resolveCompression(given: boolean | CompressionOptions): ResolvedCompression | undefined;
export declare function chooseCoding({ minSize, codings }: ResolvedCompression, acceptEncoding: string | undefined, status: number, headers: ResponseHeaders, size: number | undefined): ContentCoding | undefined;
export declare function markEncoded(headers: ResponseHeaders, coding: ContentCoding): void;
export declare function compress(coding: ContentCoding, body: string | Uint8Array): Buffer | Promise<Buffer>;
export declare class StreamEncoder {
    #private;
    constructor(coding: ContentCoding, size?: number);
    encode(chunk: string | Uint8Array): Promise<Buffer>;
    end(chunk?: string | Uint8Array): Promise<Buffer>;
    destroy(): void;
}

// response/response-headers.d.ts
export type FieldValue = string | number | Date;
export declare class ResponseHeaders {
    #private;
    constructor(fields?: readonly string[]);
    get fields(): readonly string[];
    get(name: string): string | undefined;
    has(name: string): boolean;
    set(name: string, value: FieldValue | readonly FieldValue[]): void;
    add(name: string, value: FieldValue): void;
    replace(name: string, value: string): void;
    append(name: string, value: string): void;
    delete(name: string): void;
    deleteAll(keys: ReadonlySet<string>): void;
}

// security/signed-value.d.ts
export type CookieSecret = string | Readonly<Record<number, string>>;
export interface SignOptions {
    keyVersion?: number | undefined;
    clock?: (() => number) | undefined;
}
export interface VerifyOptions {
    maxAgeDays?: number | undefined;
    clock?: (() => number) | undefined;
}
export declare function createSignedValue(secret: CookieSecret, name: string, value: string | Uint8Array, options?: SignOptions): string;
export declare function decodeSignedValue(secret: CookieSecret, name: string, signed: string | undefined, options?: VerifyOptions): Buffer | undefined;
export declare function signedValueKeyVersion(signed: string): number | undefined;
export declare function checkCookieSecret(secret: CookieSecret, keyVersion: number | undefined): void;

// template-engine.d.ts
export interface TemplateNamespace {
    readonly handler: object;
    readonly request: object;
    readonly currentUser: unknown;
    readonly locale: object;
    _(message: string, pluralMessage?: string, count?: number): string;
    pgettext(context: string, message: string, pluralMessage?: string, count?: number): string;
    staticUrl(path: string): string;
    reverseUrl(name: string, ...values: unknown[]): string;
    xsrfFormHtml(): string;
    readonly [name: string]: unknown;
}
export interface TemplateEngine {
    render(name: string, namespace: TemplateNamespace): string | Promise<string>;
}

// handler-profile.d.ts
import type { RequestHandler } from './request-handler.ts';
export interface HandlerStatics {
    readonly authenticated?: boolean | readonly string[];
    readonly trailingSlash?: string;
    readonly streamRequestBody?: boolean;
    readonly maxBodySize?: number;
    readonly xsrfCookies?: boolean;
    readonly xsrfOriginCheck?: boolean;
    readonly etagMinSize?: number | false;
    readonly supportedMethods?: readonly string[];
    readonly acceptsAnyMethod?: boolean;
    readonly acceptsUpgrade?: boolean;
    checkClass?(): void;
    checkArgs?(args: object): void;
}
export type HandlerClass = (new (...args: never[]) => RequestHandler) & HandlerStatics;
export interface HandlerProfile {
    readonly Handler: HandlerClass;
    readonly statics: HandlerStatics;
    readonly verbs: ReadonlyMap<string, string>;
    readonly allow: string;
    readonly asyncUser: boolean;
}
export declare function profileOf(Handler: HandlerClass): HandlerProfile;
export declare function isKnownMethod(method: string): boolean;

// request-handler.d.ts
import type { Duplex } from 'node:stream';
import type { NodeMessages, ShutdownListener } from './exchange.ts';
import type { HandlerApplication, HandlerContext, HandlerSettings, PathArgs, RequestHolder, StaticURLOptions } from './handler-context.ts';
import { type CookieAttributes } from './headers/cookie.ts';
import type { Locale } from './locale.ts';
import { type Logger } from './log.ts';
import type { ServerRequest } from './request/server-request.ts';
import type { FieldValue } from './response/response-headers.ts';
import type { TemplateNamespace } from './template-engine.ts';
import { type Schema } from './validation.ts';
export type Chunk = string | Uint8Array | object;
export interface ArgumentOptions {
    strip?: boolean;
}
export interface RedirectOptions {
    permanent?: boolean;
    status?: number;
}
export interface ErrorDetails {
    error?: unknown;
    reason?: string | undefined;
}
export interface SignedCookieAttributes extends CookieAttributes {
    expiresDays?: number | null;
    keyVersion?: number;
}
export type CurrentUser<H extends {
    getCurrentUser(): unknown;
}> = Awaited<ReturnType<H['getCurrentUser']>>;
export declare class RequestHandler {
    #private;
    constructor(context: HandlerContext);
    get application(): HandlerApplication;
    get settings(): HandlerSettings;
    get request(): ServerRequest;
    get logger(): Logger;
    get pathArgs(): PathArgs;
    initialize(_args: never): void;
    prepare(): unknown;
    onFinish(): unknown;
    onConnectionClose(): unknown;
    dataReceived?(chunk: Buffer): unknown;
    get?(...args: never[]): unknown;
    head?(...args: never[]): unknown;
    post?(...args: never[]): unknown;
    put?(...args: never[]): unknown;
    patch?(...args: never[]): unknown;
    delete?(...args: never[]): unknown;
    options?(...args: never[]): unknown;
    getArgument(name: string): string;
    getArgument<Fallback>(name: string, fallback: Fallback, options?: ArgumentOptions): string | Fallback;
    getArguments(name: string, options?: ArgumentOptions): string[];
    getQueryArgument(name: string): string;
    getQueryArgument<Fallback>(name: string, fallback: Fallback, options?: ArgumentOptions): string | Fallback;
    getQueryArguments(name: string, options?: ArgumentOptions): string[];
    getBodyArgument(name: string): string;
    getBodyArgument<Fallback>(name: string, fallback: Fallback, options?: ArgumentOptions): string | Fallback;
    getBodyArguments(name: string, options?: ArgumentOptions): string[];
    decodeArgument(value: string, _name: string | undefined): string;
    json<Output = unknown>(schema?: Schema<Output>): Promise<Output>;
    query<Output>(schema: Schema<Output>): Promise<Output>;
    form<Output>(schema: Schema<Output>): Promise<Output>;
    params<Output>(schema: Schema<Output>): Promise<Output>;
    get statusCode(): number;
    get headersSent(): boolean;
    get finished(): boolean;
    setStatus(status: number, reason?: string): void;
    setHeader(name: string, value: FieldValue | readonly FieldValue[]): void;
    addHeader(name: string, value: FieldValue): void;
    clearHeader(name: string): void;
    getHeader(name: string): string | undefined;
    setDefaultHeader(name: string, value: FieldValue): void;
    addVary(name: string): void;
    setDefaultHeaders(): void;
    clear(): void;
    write(chunk: Chunk): void;
    flush(): Promise<void>;
    finish(chunk?: Chunk): void;
    redirect(url: string, { permanent, status }?: RedirectOptions): void;
    sendError(status: number, details?: ErrorDetails): Promise<void>;
    writeError(status: number, details: ErrorDetails): unknown;
    getCookie(name: string): string | undefined;
    getCookie<Fallback>(name: string, fallback: Fallback): string | Fallback;
    setCookie(name: string, value: string, attributes?: CookieAttributes): void;
    clearCookie(name: string, attributes?: Omit<CookieAttributes, 'expires' | 'maxAge'>): void;
    clearAllCookies(attributes?: Omit<CookieAttributes, 'expires' | 'maxAge'>): void;
    createSignedValue(name: string, value: string | Uint8Array, options?: {
        keyVersion?: number;
    }): string;
    setSignedCookie(name: string, value: string | Uint8Array, attributes?: SignedCookieAttributes): void;
    getSignedCookie(name: string, options?: {
        value?: string;
        maxAgeDays?: number;
    }): Buffer | undefined;
    getSignedCookieKeyVersion(name: string, value?: string | undefined): number | undefined;
    get currentUser(): CurrentUser<this>;
    set currentUser(user: unknown);
    resolveCurrentUser(): Promise<void> | undefined;
    getCurrentUser(): unknown;
    getLoginUrl(): string;
    get xsrfToken(): string;
    checkXsrfCookie(): void;
    xsrfFormHtml(): string;
    render(name: string, data?: Readonly<Record<string, unknown>>): Promise<void>;
    renderString(name: string, data?: Readonly<Record<string, unknown>>): Promise<string>;
    getTemplateNamespace(): TemplateNamespace;
    get locale(): Locale;
    set locale(locale: Locale);
    getUserLocale(): Locale | undefined;
    getBrowserLocale(): Locale;
    staticUrl(path: string, options?: StaticURLOptions): string;
    reverseUrl(name: string, ...values: unknown[]): string;
    computeEtag(): string | undefined;
    setEtagHeader(): void;
    checkEtagHeader(): boolean;
    get shuttingDown(): boolean;
    onShutdown(listener: () => void): () => void;
    addShutdownListener(listener: ShutdownListener): void;
    removeShutdownListener(listener: ShutdownListener): void;
    detach(): {
        socket: Duplex;
        head: Buffer;
    };
    handOverToNode(): NodeMessages;
    holdRequest(holder: RequestHolder): void;
    releaseRequest(): void;
    responseFields(): string[];
    logException(error: unknown): void;
    logDetails(): {
        readonly text: string;
        readonly fields: object;
    } | undefined;
    get refusal(): string | undefined;
}

// validation.d.ts
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { HTTPError } from './errors.ts';
export interface Schema<Output = unknown> {
    readonly '~standard': {
        readonly version: 1;
        readonly vendor: string;
        readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
        readonly types?: {
            readonly input: unknown;
            readonly output: Output;
        } | undefined;
    };
}
type SchemaResult<Output> = StandardSchemaV1.Result<Output>;
export interface ValidationIssue {
    readonly message: string;
    readonly path: readonly (string | number)[];
}
export type ValidatedPart = 'body' | 'query' | 'path';
export declare class ValidationError extends HTTPError {
    readonly issues: readonly ValidationIssue[];
    constructor(part: ValidatedPart, issues: readonly ValidationIssue[]);
}
export declare function validate<Output>(schema: Schema<Output>, part: ValidatedPart, input: unknown): Promise<Output>;
export declare function argumentObject(args: ReadonlyMap<string, readonly string[]>): Record<string, string | readonly string[]>;
export {};

// middleware.d.ts
import type { RequestHandler } from './request-handler.ts';
export type Middleware = (handler: RequestHandler, next: () => Promise<void>) => unknown;

// request/body-limits.d.ts
export interface BodyLimits {
    maxBodySize?: number | undefined;
    maxUploadSize?: number | undefined;
    maxFields?: number | undefined;
    maxFieldSize?: number | undefined;
    maxParts?: number | undefined;
    maxPartHeaderSize?: number | undefined;
    maxFiles?: number | undefined;
    maxFileSize?: number | undefined;
    spoolThreshold?: number | undefined;
    uploadDirectory?: string | undefined;
}
export type ResolvedBodyLimits = Readonly<{
    [K in keyof BodyLimits]-?: NonNullable<BodyLimits[K]>;
}>;
export declare function resolveBodyLimits(given?: BodyLimits): ResolvedBodyLimits;

// lifecycle-application.d.ts
import type { HandlerApplication } from './handler-context.ts';
import type { ResolvedBodyLimits } from './request/body-limits.ts';
import type { RequestHandler } from './request-handler.ts';
import type { ResolvedCompression } from './response/compression.ts';
export interface LifecycleApplication extends HandlerApplication {
    readonly bodyLimits: ResolvedBodyLimits;
    readonly compression: ResolvedCompression | undefined;
    logRequest(handler: RequestHandler): void;
}

// routing/route.d.ts
import type { PatternInput } from './path-pattern.ts';
import type { LeafTarget, NodeListener } from './route-target.ts';
import type { HandlerCheck, InitializeArgs, InitializeCheck } from './route-types.ts';
export type RouteMiddleware = (handler: never, next: never) => unknown;
export type RuleTarget = LeafTarget | readonly Rule[];
export type RuleTuple = readonly [
    pattern: PatternInput,
    target: RuleTarget,
    args?: object | undefined,
    name?: string | undefined
];
export type Rule = RuleTuple | Route | RuleGroup;
export interface Route<Pattern extends PatternInput = PatternInput, Target extends RuleTarget = RuleTarget, Name extends string = string> {
    readonly kind: 'route';
    readonly pattern: Pattern;
    readonly target: Target;
    readonly args: object | undefined;
    readonly options: RouteOptions<Name>;
}
export interface RouteOptions<Name extends string = string> {
    readonly name?: Name;
}
export interface RuleGroup<Rules extends readonly Rule[] = readonly Rule[]> {
    readonly kind: 'group';
    readonly rules: Rules;
    readonly prefix?: string;
    readonly host?: string | RegExp;
    readonly options?: GroupOptions;
}
export interface GroupOptions {
    readonly middleware?: readonly RouteMiddleware[];
}
export declare function route<const Pattern extends PatternInput, const Target extends RuleTarget>(pattern: Pattern, target: Target & HandlerCheck<Pattern, Target> & InitializeCheck<Target>): Route<Pattern, Target, never>;
export declare function route<const Pattern extends PatternInput, const Target extends RuleTarget, const Name extends string = never>(pattern: Pattern, target: Target & HandlerCheck<Pattern, Target>, args: InitializeArgs<Target>, options?: RouteOptions<Name>): Route<Pattern, Target, Name>;
export declare function mount(prefix: string, target: NodeListener): RuleGroup<readonly []>;
export declare function mount<const Target extends RuleTarget>(prefix: string, target: Target): RuleGroup<Target extends readonly Rule[] ? Target : readonly []>;
export declare function group<const Rules extends readonly Rule[]>(rules: Rules, options?: GroupOptions): RuleGroup<Rules>;
export declare function hostMatches<const Rules extends readonly Rule[]>(host: string | RegExp, rules: Rules): RuleGroup<Rules>;

// routing/path-pattern.d.ts
import { type CapturedTexts, type PathArguments } from './path-arguments.ts';
import { type PathSkeleton } from './path-skeleton.ts';
import { type RegExpNode } from './regexp-syntax.ts';
export type PatternInput = string | RegExp;
export declare class PathPattern {
    #private;
    readonly source: string;
    readonly regexp: RegExp;
    readonly syntax: RegExpNode | undefined;
    readonly skeletons: readonly PathSkeleton[];
    readonly literal: string | undefined;
    constructor(pattern: PatternInput);
    get runsRegExp(): boolean;
    match(path: string): CapturedTexts | undefined;
    decode(captured: CapturedTexts): PathArguments;
    reverse(...values: readonly unknown[]): string;
    toString(): string;
}
export declare function describePattern(pattern: PatternInput): string;

// routing/path-arguments.d.ts
import { type SegmentLayout } from './segment-layout.ts';
type NamedPathArguments = Readonly<Record<string, string | readonly string[]>>;
export interface PathArguments {
    readonly pathArgs: readonly (string | undefined)[];
    readonly pathParams: NamedPathArguments | undefined;
}
export interface Capture {
    readonly name: string | undefined;
    readonly wildcard: boolean;
}
export type CapturedTexts = readonly (string | undefined)[];
export declare function decodeCaptures(captures: readonly Capture[], texts: CapturedTexts): PathArguments;
export declare function decodeSegments({ gaps, rest, names }: SegmentLayout, path: string): PathArguments;
export {};

// routing/segment-layout.d.ts
export interface SegmentLayout {
    readonly gaps: readonly number[];
    readonly rest: number;
    readonly names: readonly string[] | undefined;
}
export declare function layoutOf(texts: readonly string[], names: readonly string[]): SegmentLayout;
export declare function layoutBelow(prefix: string, { gaps: [first, ...others], rest, names }: SegmentLayout): SegmentLayout;
export declare function endOfSegment(path: string, at: number): number;

// routing/path-skeleton.d.ts
import { type RegExpNode } from './regexp-syntax.ts';
import type { SegmentLayout } from './segment-layout.ts';
export declare const SEGMENT = "\0";
export interface PathSkeleton {
    readonly text: string;
    readonly open: boolean;
    readonly layout: SegmentLayout | undefined;
}
export declare function pathSkeletons(syntax: RegExpNode | undefined): readonly PathSkeleton[];
export declare function isPathCharacter(char: string): boolean;

// routing/regexp-syntax.d.ts
import { type CharSet } from './char-set.ts';
export type RegExpNode = 
{
    readonly type: 'character';
    readonly set: CharSet;
    readonly text: string | undefined;
} | {
    readonly type: 'sequence';
    readonly parts: readonly RegExpNode[];
} | {
    readonly type: 'choice';
    readonly options: readonly RegExpNode[];
}
 | {
    readonly type: 'group';
    readonly capturing: boolean;
    readonly body: RegExpNode;
} | {
    readonly type: 'repeat';
    readonly body: RegExpNode;
    readonly min: number;
    readonly max: number;
    readonly source: string;
}
 | {
    readonly type: 'assertion';
    readonly source: string;
}
 | {
    readonly type: 'reference';
};
export declare function parseRegExp(source: string, flags: string): RegExpNode | undefined;
export declare function unwrap(node: RegExpNode): RegExpNode;
export declare function takesNoSlash(node: RegExpNode): boolean;

// routing/char-set.d.ts
export type CharSet = bigint;
export declare function charSetOf(char: string): CharSet;
export declare function charSetOfClass(source: string, flags: string): CharSet;
export declare function hasSlash(set: CharSet): boolean;
export declare function overlaps(one: CharSet, other: CharSet): boolean;
export declare function coversPathCharacters(outer: CharSet, inner: CharSet): boolean;
export declare function hasEveryPathCharacter(set: CharSet): boolean;
export declare function sampleOf(set: CharSet): string | undefined;

// routing/route-target.d.ts
import type { IncomingMessage, ServerResponse } from 'node:http';
interface RoutedHandler {
    initialize(...args: never[]): unknown;
}
type HandlerClass = new (...args: never[]) => RoutedHandler;
interface ApplicationTarget {
    handle(...args: never[]): unknown;
    reverseUrl(...args: never[]): string;
}
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => unknown;
export type FetchFunction = (request: Request) => Response | Promise<Response>;
export interface NodeListenerTarget {
    readonly nodeListener: NodeListener;
}
export interface FetchTarget {
    fetch(request: Request): Response | Promise<Response>;
}
export type LeafTarget = HandlerClass | ApplicationTarget | NodeListener | NodeListenerTarget | FetchTarget;
export declare function nodeListener(listener: NodeListener): NodeListenerTarget;
export declare function fetchHandler(fetch: FetchFunction): FetchTarget;
export type ResolvedTarget = {
    readonly kind: 'handler';
    readonly handler: HandlerClass;
    readonly args: object;
} | {
    readonly kind: 'application';
    readonly application: ApplicationTarget;
} | {
    readonly kind: 'node';
    readonly listener: NodeListener;
} | {
    readonly kind: 'fetch';
    readonly fetch: FetchFunction;
};
export declare function resolveTarget(target: unknown, args: unknown): ResolvedTarget;
export {};

// routing/route-types.d.ts
import type { PathParams } from './path-params.ts';
interface Mismatch<Taker extends string, Taken, Giver extends string, Given> {
    readonly mismatch: readonly [Taker, Taken, Giver, Given];
}
interface InitializeTakesNoArguments {
    readonly initialize?: never;
}
type RequestMethod = 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete' | 'options';
type RoutedMethod<Handler> = Handler extends {
    onMessage(...args: never[]): unknown;
} ? RequestMethod | 'open' : RequestMethod;
export type HandlerCheck<Pattern extends string | RegExp, Target> = Target extends new (...args: never[]) => infer Handler ? MethodMismatches<Pattern, Handler> extends infer Problems ? [Problems] extends [never] ? unknown : Problems : never : unknown;
type MethodMismatches<Pattern extends string | RegExp, Handler> = {
    [M in keyof Handler & RoutedMethod<Handler>]-?: NonNullable<Handler[M]> extends (...args: infer Parameters) => unknown ? MethodMismatch<M & string, Parameters, Pattern> : never;
}[keyof Handler & RoutedMethod<Handler>];
type MethodMismatch<Method extends string, Parameters extends readonly unknown[], Pattern extends string | RegExp> = Parameters extends readonly [] ? never : [Parameters[number]] extends [never] ? never : Pattern extends string ? TemplateMismatch<Method, Parameters, Pattern> : RegExpMismatch<Method, Parameters>;
type TemplateMismatch<Method extends string, Parameters extends readonly unknown[], Pattern extends string> = string extends Pattern ? never : keyof PathParams<Pattern> extends never ? [] extends Parameters ? never : Mismatch<`${Method}() takes`, Parameters, `but '${Pattern}' gives`, []> : [PathParams<Pattern>] extends Parameters ? never : Parameters extends readonly [infer Only] ? Mismatch<`${Method}() takes`, Only, `but '${Pattern}' gives`, PathParams<Pattern>> : Mismatch<`${Method}() takes`, Parameters, `but '${Pattern}' gives`, [PathParams<Pattern>]>;
type RegExpMismatch<Method extends string, Parameters extends readonly unknown[]> = false extends {
    [K in keyof Parameters]-?: TakesGroups<Parameters[K]>;
}[number] ? Mismatch<`${Method}() takes`, Parameters, 'but a RegExp gives', string[] | {
    [group: string]: string;
}> : never;
type TakesGroups<Parameter> = TakesText<Parameter> extends true ? true : Parameter extends object ? false extends {
    [K in keyof Parameter]-?: TakesText<Parameter[K]>;
}[keyof Parameter] ? false : true : false;
type TakesText<T> = string extends T ? true : [Extract<T, string>] extends [never] ? false : true;
export type InitializeArgs<Target> = InitializeParameters<Target> extends infer Parameters extends readonly unknown[] ? [Parameters[number]] extends [never] ? InitializeTakesNoArguments | undefined : Record<never, never> extends Parameters[0] ? Parameters[0] | undefined : Parameters[0] : undefined;
export type InitializeCheck<Target> = undefined extends InitializeArgs<Target> ? unknown : Mismatch<'initialize() takes', InitializeArgs<Target>, 'but the rule gives', 'no arguments'>;
type InitializeParameters<Target> = Target extends new (...args: never[]) => {
    initialize(...args: infer Parameters): unknown;
} ? Parameters : undefined;
export {};

// routing/path-params.d.ts
import type { PathValue } from './reverse-url.ts';
export type PathParams<Pattern extends string> = string extends Pattern ? {
    [name: string]: string | string[];
} : ShapeOf<FoundIn<Pattern>, string, string[]>;
export type PathValues<Pattern extends string> = string extends Pattern ? {
    readonly [name: string]: PathValue | readonly PathValue[];
} : ShapeOf<FoundIn<Pattern>, PathValue, PathValue | readonly PathValue[]>;
interface Found {
    readonly name: string;
    readonly kind: 'param' | 'wildcard';
    readonly optional: boolean;
}
type ShapeOf<F extends Found, One, Many> = Flat<{
    [P in F as P['optional'] extends false ? P['name'] : never]: P['kind'] extends 'param' ? One : Many;
} & {
    [P in F as P['optional'] extends true ? P['name'] : never]?: P['kind'] extends 'param' ? One : Many;
}>;
type Flat<T> = T extends infer O ? {
    [K in keyof O]: O[K];
} : never;
type FoundIn<Text extends string, Depth extends string = '', F extends Found = never> = Text extends `${infer Char}${infer Rest}` ? Char extends ':' ? AddFound<NameAt<Rest>, 'param', Depth, F> : Char extends '*' ? AddFound<NameAt<Rest>, 'wildcard', Depth, F> : Char extends '{' ? FoundIn<Rest, `${Depth}{`, F> : Char extends '}' ? FoundIn<Rest, Depth extends `{${infer Outer}` ? Outer : '', F> : Char extends '\\' ? FoundIn<Rest extends `${string}${infer After}` ? After : '', Depth, F> : FoundIn<Rest, Depth, F> : F;
type AddFound<Name extends readonly [name: string, rest: string], Kind, Depth extends string, F extends Found> = FoundIn<Name[1], Depth, F | {
    readonly name: Name[0];
    readonly kind: Kind & Found['kind'];
    readonly optional: Depth extends '' ? false : true;
}>;
type NameAt<Text extends string, Name extends string = ''> = Text extends `"${infer Quoted}"${infer Rest}` ? [Quoted, Rest] : Text extends `${infer Char}${infer Rest}` ? Char extends NotInName ? [Name, Text] : NameAt<Rest, `${Name}${Char}`> : [Name, ''];
type NotInName = '/' | '-' | '.' | '~' | '!' | '&' | "'" | '(' | ')' | '*' | '+' | ',' | ';' | '=' | ':' | '@' | '%' | '{' | '}' | '[' | ']' | '\\' | '|' | '^' | '`' | '"' | '<' | '>' | '#' | '?' | ' ';
export {};

// routing/reverse-url.d.ts
export type PathValue = string | number | bigint;
export type URLPart = string | {
    readonly param: string | number;
    readonly keepsSlashes: boolean;
} | {
    readonly optional: readonly URLPart[];
};
export type URLValues = ReadonlyMap<string | number, unknown>;
export declare class ReverseURLError extends TypeError {
    readonly code = "TYPHOON_REVERSE_URL";
}
export declare function buildPath(pattern: string, parts: readonly URLPart[], values: URLValues): string;

// routing/route-entry.d.ts
import type { HostMatcher } from './host-matcher.ts';
import { type CapturedTexts, type PathArguments } from './path-arguments.ts';
import type { PathPattern } from './path-pattern.ts';
import type { PathSkeleton } from './path-skeleton.ts';
import type { RouteMiddleware } from './route.ts';
import type { ResolvedTarget } from './route-target.ts';
import { type SegmentLayout } from './segment-layout.ts';
export type RouteCondition = {
    readonly type: 'host';
    readonly host: HostMatcher;
} | {
    readonly type: 'mount';
    readonly prefix: string;
} | {
    readonly type: 'pattern';
    readonly pattern: PathPattern;
};
export interface RouteEntryParts {
    readonly place: string;
    readonly name: string | undefined;
    readonly pattern: PathPattern;
    readonly conditions: readonly RouteCondition[];
    readonly target: ResolvedTarget;
    readonly middleware: readonly RouteMiddleware[];
}
export declare class RouteEntry {
    #private;
    readonly place: string;
    readonly name: string | undefined;
    readonly pattern: PathPattern;
    readonly prefix: string;
    readonly source: string;
    readonly target: ResolvedTarget;
    readonly middleware: readonly RouteMiddleware[];
    readonly conditions: readonly RouteCondition[];
    constructor(parts: RouteEntryParts);
    toString(): string;
    match(path: string, host: string): CapturedTexts | undefined;
    skeletons(): readonly PathSkeleton[];
}
export declare function pathBelow(prefix: string, path: string): string | undefined;
export declare class RouteMatch {
    #private;
    readonly entry: RouteEntry;
    readonly order: number;
    constructor(entry: RouteEntry, order: number, path: string, layout: SegmentLayout | undefined, captured: CapturedTexts);
    decode(): PathArguments;
}

// routing/host-matcher.d.ts
export declare class HostMatcher {
    #private;
    readonly source: string;
    constructor(host: string | RegExp);
    test(host: string): boolean;
}

// routing/route-names.d.ts
import type { PathValues } from './path-params.ts';
import type { PatternInput } from './path-pattern.ts';
import type { PathValue } from './reverse-url.ts';
import type { Route, RuleGroup } from './route.ts';
export interface NamedRoute<Name extends string = string, Pattern extends PatternInput = PatternInput> {
    readonly name: Name;
    readonly pattern: Pattern;
}
export type NamedRoutes<Rules extends readonly unknown[]> = number extends Rules['length'] ? NamedRoute : NamesInRule<Rules[number]>;
export type PatternOf<Named extends NamedRoute, Name extends Named['name']> = PatternsOf<Named>[Name];
type PatternsOf<Named extends NamedRoute> = {
    readonly [Each in Named as Each['name']]: Each['pattern'];
};
type NamesInRule<R> = R extends Route<infer Pattern, infer Target, infer Name> ? NameOf<Name, Pattern> | NamesInTarget<Target> : R extends RuleGroup<infer Rules> ? NamedRoutes<Rules> : R extends readonly [infer Pattern, infer Target, unknown, infer Name] ? NameOf<Name, Pattern> | NamesInTarget<Target> : R extends readonly [unknown, infer Target, ...unknown[]] ? NamesInTarget<Target> : never;
type NamesInTarget<Target> = Target extends readonly unknown[] ? NamedRoutes<Target> : never;
type NameOf<Name, Pattern> = Name extends string ? Pattern extends PatternInput ? NamedRoute<Name, Pattern> : never : never;
export type ReverseArgs<Pattern> = Pattern extends string ? Record<never, never> extends PathValues<Pattern> ? [values?: PathValues<Pattern>] : [values: PathValues<Pattern>] : PathValue[] | [values: {
    readonly [name: string]: PathValue;
}];
export {};

// server/http-server.d.ts
import type { Server } from 'node:http';
import type { SecureContextOptions } from 'node:tls';
import type { ExchangeHost, OpenExchange } from '../engine/exchange-host.ts';
import { TrustedProxies } from '../engine/forwarding.ts';
import type { ExchangeHandler, ShutdownListener } from '../exchange.ts';
import { type ServerOptions } from './server-options.ts';
export interface CloseOptions {
    deadline?: number;
    grace?: number;
}
export declare class HTTPServer implements ExchangeHost {
    #private;
    readonly proxies: TrustedProxies | undefined;
    constructor(handler: ExchangeHandler, options?: ServerOptions);
    get server(): Server;
    reloadTLS(tls: SecureContextOptions): void;
    get port(): number;
    get url(): string;
    get idleTimeout(): number;
    get closing(): boolean;
    listen(): Promise<this>;
    close({ deadline, grace }?: CloseOptions): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
    addShutdownListener(listener: ShutdownListener): void;
    removeShutdownListener(listener: ShutdownListener): void;
    enter(exchange: OpenExchange): void;
    leave(exchange: OpenExchange): void;
}
export declare function removeStaleSocket(path: string): Promise<void>;

// engine/exchange-host.d.ts
import type { ShutdownListener } from '../exchange.ts';
import type { TrustedProxies } from './forwarding.ts';
export interface OpenExchange {
    place: number;
    abort(): void;
}
export interface ExchangeHost {
    readonly closing: boolean;
    readonly idleTimeout: number;
    readonly proxies: TrustedProxies | undefined;
    addShutdownListener(listener: ShutdownListener): void;
    removeShutdownListener(listener: ShutdownListener): void;
    enter(exchange: OpenExchange): void;
    leave(exchange: OpenExchange): void;
}
export declare function plainAddress(address?: string): string;

// engine/forwarding.d.ts
import type { HTTPHeaders } from '../http-headers.ts';
export interface ForwardedOrigin {
    readonly address: string | undefined;
    readonly protocol: 'http' | 'https' | undefined;
    readonly host: string | undefined;
}
export declare class TrustedProxies {
    #private;
    constructor(trusted: true | readonly string[]);
    resolve(peer: string, headers: HTTPHeaders): ForwardedOrigin | undefined;
}

// server/server-options.d.ts
import type { SecureContextOptions, TlsOptions } from 'node:tls';
export interface ServerOptions {
    port?: number | undefined;
    host?: string | undefined;
    path?: string | undefined;
    reusePort?: boolean | undefined;
    tls?: (SecureContextOptions & TlsOptions) | undefined;
    http2?: boolean | undefined;
    xheaders?: boolean | readonly string[] | undefined;
    allowedHosts?: readonly string[] | undefined;
    maxHeaderSize?: number | undefined;
    maxHeaderCount?: number | undefined;
    maxTargetSize?: number | undefined;
    headersTimeout?: number | undefined;
    requestTimeout?: number | undefined;
    idleTimeout?: number | undefined;
    maxRequestsPerConnection?: number | undefined;
    maxConnections?: number | undefined;
}
type Places = 'host' | 'path' | 'reusePort' | 'tls' | 'http2' | 'xheaders' | 'allowedHosts';
export type ResolvedServerOptions = Readonly<Required<Pick<ServerOptions, Places>>> & Readonly<{
    [K in Exclude<keyof ServerOptions, Places>]-?: number;
}>;
export declare function resolveServerOptions(given?: ServerOptions): ResolvedServerOptions;
export declare function hostFilter(allowed: readonly string[] | undefined): ((hostname: string) => boolean) | undefined;
export {};

// server/run.d.ts
import type { ExchangeHandler } from '../exchange.ts';
import type { Logger } from '../log.ts';
import type { HTTPServer } from './http-server.ts';
import { type ServerOptions } from './server-options.ts';
export interface RunOptions extends ServerOptions {
    workers?: number | undefined;
    deadline?: number | undefined;
    maxRestarts?: number | undefined;
    restartWindow?: number | undefined;
    onListening?: ((server: HTTPServer) => void) | undefined;
}
export declare function run(handler: ExchangeHandler, logger: Logger, options: RunOptions): Promise<void>;

// handlers/error-handler.d.ts
import { HTTPError } from '../errors.ts';
import { RequestHandler } from '../request-handler.ts';
export declare class ErrorHandler extends RequestHandler {
    #private;
    static readonly acceptsAnyMethod: boolean;
    static readonly streamRequestBody: boolean;
    static checkArgs({ status }: {
        readonly status?: number;
    }): void;
    initialize({ status, error }: {
        status: number;
        error?: HTTPError;
    }): void;
    prepare(): void;
}

// handlers/event-stream-handler.d.ts
import { RequestHandler } from '../request-handler.ts';
export interface ServerSentEvent {
    readonly data: unknown;
    readonly event?: string;
    readonly id?: string;
    readonly retry?: number;
}
export declare class EventStreamHandler extends RequestHandler {
    #private;
    static readonly heartbeat: number;
    static readonly maxBufferedBytes: number;
    open(..._args: never[]): unknown;
    get lastEventId(): string | undefined;
    get(...args: never[]): Promise<void>;
    sendEvent(event: ServerSentEvent | string | Uint8Array): Promise<void>;
    sendComment(text: string): Promise<void>;
    close(): void;
}
export declare function encodeEvent(event: ServerSentEvent): Buffer;

// handlers/fallback-handler.d.ts
import { RequestHandler } from '../request-handler.ts';
import type { NodeListener } from '../routing/route-target.ts';
export declare class FallbackHandler extends RequestHandler {
    #private;
    static readonly acceptsAnyMethod: boolean;
    static readonly streamRequestBody: boolean;
    initialize({ fallback, prefix }: {
        fallback: NodeListener;
        prefix?: string;
    }): void;
    prepare(): Promise<void>;
}

// handlers/readiness-handler.d.ts
import { RequestHandler } from '../request-handler.ts';
export declare class ReadinessHandler extends RequestHandler {
    #private;
    initialize({ check }: {
        check?: () => unknown;
    }): void;
    get(): Promise<void>;
}

// handlers/redirect-handler.d.ts
import { RequestHandler } from '../request-handler.ts';
export interface RedirectArgs {
    readonly url: string;
    readonly permanent?: boolean;
}
export declare class RedirectHandler extends RequestHandler {
    #private;
    initialize({ url, permanent }: RedirectArgs): void;
    get(): void;
}

// loop/executor.d.ts
export interface ExecutorOptions {
    maxThreads?: number | undefined;
    maxQueue?: number | undefined;
}
export declare class ExecutorFullError extends Error {
    readonly code = "TYPHOON_EXECUTOR_FULL";
}
export declare class Executor {
    #private;
    constructor(options?: ExecutorOptions);
    run<Result = unknown>(module: URL | string, name: string, ...args: readonly unknown[]): Promise<Result>;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// loop/io-loop.d.ts
import { type Logger } from '../log.ts';
import { Executor } from './executor.ts';
import { LoopTimeout } from './loop-timeout.ts';
export type LoopCallback<Args extends readonly unknown[]> = (...args: Args) => unknown;
export declare class IOLoop {
    #private;
    logger: Logger;
    private constructor();
    static current(): IOLoop;
    time(): number;
    addCallback<Args extends readonly unknown[]>(callback: LoopCallback<Args>, ...args: Args): void;
    spawnCallback<Args extends readonly unknown[]>(callback: LoopCallback<Args>, ...args: Args): void;
    callLater<Args extends readonly unknown[]>(delay: number, callback: LoopCallback<Args>, ...args: Args): LoopTimeout;
    callAt<Args extends readonly unknown[]>(time: number, callback: LoopCallback<Args>, ...args: Args): LoopTimeout;
    removeTimeout(timeout: LoopTimeout): void;
    runInExecutor<Result = unknown>(module: URL | string, name: string, ...args: readonly unknown[]): Promise<Result>;
    setDefaultExecutor(executor: Executor): void;
}

// loop/loop-timeout.d.ts
export declare class LoopTimeout {
    #private;
    constructor(time: number, now: () => number, callback: () => void);
    unref(): this;
    cancel(): void;
}

// loop/loop-monitor.d.ts
import { type Logger } from '../log.ts';
import type { Middleware } from '../middleware.ts';
export interface LoopMonitorOptions {
    blockedAfter?: number | undefined;
    maxLag?: number | undefined;
    retryAfter?: number | undefined;
    interval?: number | undefined;
    logger?: Logger | undefined;
}
export declare class LoopMonitor {
    #private;
    readonly middleware: Middleware;
    constructor(options?: LoopMonitorOptions);
    get lag(): number;
    stop(): void;
    [Symbol.dispose](): void;
}

// loop/periodic-callback.d.ts
import type { Logger } from '../log.ts';
export interface PeriodicCallbackOptions {
    jitter?: number | undefined;
    unref?: boolean | undefined;
    logger?: Logger | undefined;
}
export declare class PeriodicCallback {
    #private;
    constructor(callback: () => unknown, interval: number, options?: PeriodicCallbackOptions);
    get isRunning(): boolean;
    start(): void;
    stop(): void;
    [Symbol.dispose](): void;
}

// middleware/connect.d.ts
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Middleware } from '../middleware.ts';
export type ConnectMiddleware = {
    call(req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): unknown;
}['call'];
export declare function connect(middleware: ConnectMiddleware): Middleware;

// middleware/content-security-policy.d.ts
import type { RequestHandler } from '../request-handler.ts';
export type ContentSecuritySource = string | ((handler: RequestHandler) => string);
export type ContentSecurityDirectives = Readonly<Record<string, readonly ContentSecuritySource[] | false>>;
export interface ContentSecurityPolicyOptions {
    directives?: ContentSecurityDirectives | undefined;
    useDefaults?: boolean | undefined;
    reportOnly?: boolean | undefined;
}
export declare function contentSecurityPolicy(given: ContentSecurityDirectives, useDefaults: boolean): (handler: RequestHandler) => string;
export declare function cspNonce(handler: RequestHandler): string;

// middleware/cors.d.ts
import type { Middleware } from '../middleware.ts';
import type { RequestHandler } from '../request-handler.ts';
export type OriginCheck = (origin: string, handler: RequestHandler) => boolean | Promise<boolean>;
export interface CorsOptions {
    origin: string | RegExp | readonly (string | RegExp)[] | OriginCheck;
    methods?: readonly string[] | undefined;
    allowedHeaders?: readonly string[] | undefined;
    exposedHeaders?: readonly string[] | undefined;
    credentials?: boolean | undefined;
    maxAge?: number | undefined;
}
export declare function cors(options: CorsOptions): Middleware;

// middleware/rate-limit.d.ts
import type { Middleware } from '../middleware.ts';
import type { RequestHandler } from '../request-handler.ts';
export interface RateLimitOptions {
    limit: number;
    window?: number | undefined;
    key?: ((handler: RequestHandler) => string | Promise<string>) | undefined;
    maxKeys?: number | undefined;
    skip?: ((handler: RequestHandler) => boolean | Promise<boolean>) | undefined;
    name?: string | undefined;
}
export declare function rateLimit(options: RateLimitOptions): Middleware;

// middleware/request-id.d.ts
import type { Middleware } from '../middleware.ts';
import type { RequestHandler } from '../request-handler.ts';
export interface RequestIdOptions {
    header?: string | undefined;
    trustIncoming?: boolean | undefined;
    generate?: ((handler: RequestHandler) => string) | undefined;
}
export declare function requestId(options?: RequestIdOptions): Middleware;

// middleware/security-headers.d.ts
import type { Middleware } from '../middleware.ts';
import { type ContentSecurityPolicyOptions } from './content-security-policy.ts';
export type ReferrerPolicy = (typeof REFERRER_POLICIES)[number];
export interface StrictTransportSecurityOptions {
    maxAge?: number | undefined;
    includeSubDomains?: boolean | undefined;
    preload?: boolean | undefined;
}
export interface SecurityHeadersOptions {
    contentSecurityPolicy?: ContentSecurityPolicyOptions | false | undefined;
    crossOriginEmbedderPolicy?: 'require-corp' | 'credentialless' | 'unsafe-none' | false | undefined;
    crossOriginOpenerPolicy?: 'same-origin' | 'same-origin-allow-popups' | 'noopener-allow-popups' | 'unsafe-none' | false | undefined;
    crossOriginResourcePolicy?: 'same-origin' | 'same-site' | 'cross-origin' | false | undefined;
    originAgentCluster?: boolean | undefined;
    referrerPolicy?: ReferrerPolicy | readonly ReferrerPolicy[] | false | undefined;
    strictTransportSecurity?: StrictTransportSecurityOptions | false | undefined;
    xContentTypeOptions?: boolean | undefined;
    xDnsPrefetchControl?: 'on' | 'off' | false | undefined;
    xDownloadOptions?: boolean | undefined;
    xFrameOptions?: 'DENY' | 'SAMEORIGIN' | false | undefined;
    xPermittedCrossDomainPolicies?: 'none' | 'master-only' | 'by-content-type' | 'all' | false | undefined;
    xXssProtection?: boolean | undefined;
}
export declare function securityHeaders(options?: SecurityHeadersOptions): Middleware;
declare const REFERRER_POLICIES: readonly ['no-referrer', 'no-referrer-when-downgrade', 'same-origin', 'origin', 'strict-origin', 'origin-when-cross-origin', 'strict-origin-when-cross-origin', 'unsafe-url'];
export {};

// options.d.ts
export declare class OptionError extends TypeError {
    readonly code = "TYPHOON_OPTION";
}
export declare function withDefaults<T extends object>(owner: string, defaults: T, given: {
    [K in keyof T]?: T[K] | undefined;
}): T;
export declare function checkInteger(name: string, value: unknown, { min, max }: {
    min: number;
    max: number;
}): void;
export declare function checkOneOf<T>(name: string, value: unknown, allowed: readonly T[]): void;
export declare function checkType(name: string, value: unknown, type: 'string' | 'boolean' | 'function' | 'object'): void;

// security/escape.d.ts
export declare function escapeHTML(text: string): string;
export declare function escapeJSONForHTML(json: string): string;

// security/local-redirect.d.ts
export declare function isLocalTarget(target: string): boolean;
export declare function toLocalTarget(path: string): string;
export declare function encodeRedirectTarget(url: string): string;

// server/listen.d.ts
import type { ExchangeHandler } from '../exchange.ts';
import { HTTPServer } from './http-server.ts';
import type { ServerOptions } from './server-options.ts';
export declare class ListenError extends Error {
    readonly code: string;
    constructor(message: string, code: string, options?: ErrorOptions);
}
export declare function listen(handler: ExchangeHandler, options: ServerOptions): Promise<HTTPServer>;

// server/worker-process.d.ts
import type { ExchangeHandler } from '../exchange.ts';
import type { Logger } from '../log.ts';
import type { ServeOptions } from './serve.ts';
import { type StopSignal } from './stop-signals.ts';
export declare const TASK_ID_VARIABLE = "TYPHOON_TASK_ID";
export type WorkerReport = {
    readonly typhoon: 'listening';
    readonly url: string;
} | {
    readonly typhoon: 'failed';
    readonly code: string;
    readonly message: string;
};
export interface WorkerOrder {
    readonly typhoon: 'close';
    readonly signal?: StopSignal | undefined;
}
export declare function isWorkerProcess(): boolean;
export declare function taskId(): number | undefined;
export declare function runWorker(handler: ExchangeHandler, logger: Logger, options: ServeOptions): Promise<void>;

// server/serve.d.ts
import type { ExchangeHandler } from '../exchange.ts';
import type { Logger } from '../log.ts';
import type { HTTPServer } from './http-server.ts';
import type { ServerOptions } from './server-options.ts';
export interface ServeOptions {
    readonly server: ServerOptions;
    readonly deadline: number;
    readonly onListening: ((server: HTTPServer) => void) | undefined;
}
export declare function serve(handler: ExchangeHandler, logger: Logger, options: ServeOptions): Promise<void>;

// server/stop-signals.d.ts
declare const SIGNALS: readonly ['SIGTERM', 'SIGINT'];
export type StopSignal = (typeof SIGNALS)[number];
export declare function onStopSignal(beforeExit?: () => void): Promise<StopSignal>;
export declare function graceFor(signal: StopSignal | undefined): number;
export {};

// tracing.d.ts
import { type TracingChannel } from 'node:diagnostics_channel';
import type { RequestHandler } from './request-handler.ts';
export interface RequestTrace {
    readonly handler: RequestHandler;
    readonly route: string | undefined;
    error?: unknown;
}
export declare const requests: TracingChannel<RequestTrace, RequestTrace>;
export declare function requestsAreTraced(): boolean;

// headers.d.ts
export { preferredEncoding, preferredLanguages, preferredMediaType } from './headers/accept.ts';
export { type ByteRange, type ByteRangeOptions, parseByteRanges } from './headers/byte-range.ts';
export { formatContentDisposition } from './headers/content-disposition.ts';
export { type CookieAttributes, parseCookies, readCookie, serializeCookie } from './headers/cookie.ts';
export { type EntityTag, matchesAny, parseEntityTag, parseEntityTagList, strongMatch, weakMatch, } from './headers/entity-tag.ts';
export { checkFieldName, checkFieldValue, checkReasonPhrase, isToken } from './headers/field-syntax.ts';
export { type ForwardedElement, parseForwarded } from './headers/forwarded.ts';
export { type Host, parseHost } from './headers/host.ts';
export { formatHTTPDate, parseHTTPDate } from './headers/http-date.ts';
export { type MediaType, mediaTypeOf, parseMediaType } from './headers/media-type.ts';
export { appendVary } from './headers/vary.ts';

// headers/accept.d.ts
export declare function preferredMediaType(accept: string | undefined, offered: readonly string[]): string | undefined;
export declare function preferredEncoding(acceptEncoding: string | undefined, offered: readonly string[]): string | undefined;
export declare function preferredLanguages(acceptLanguage: string | undefined): string[];

// headers/byte-range.d.ts
export interface ByteRange {
    readonly start: number;
    readonly end: number;
}
export interface ByteRangeOptions {
    maxRanges?: number;
}
export declare function parseByteRanges(value: string, size: number, options?: ByteRangeOptions): ByteRange[] | 'unsatisfiable' | undefined;

// headers/content-disposition.d.ts
export declare function formatContentDisposition(type: 'attachment' | 'inline', filename?: string): string;

// headers/entity-tag.d.ts
export interface EntityTag {
    readonly opaque: string;
    readonly weak: boolean;
}
export declare function parseEntityTagList(value: string): '*' | EntityTag[];
export declare function parseEntityTag(value: string): EntityTag | undefined;
export declare function weakMatch(a: EntityTag, b: EntityTag): boolean;
export declare function strongMatch(a: EntityTag, b: EntityTag): boolean;
export declare function matchesAny(list: '*' | readonly EntityTag[], tag: EntityTag, comparison: 'weak' | 'strong'): boolean;

// headers/field-syntax.d.ts
export declare function isToken(text: string): boolean;
export declare function checkFieldName(name: string): void;
export declare function checkFieldValue(name: string, value: string): void;
export declare function checkReasonPhrase(text: string): void;

// headers/forwarded.d.ts
export interface ForwardedElement {
    for?: string;
    by?: string;
    proto?: string;
    host?: string;
}
export declare function parseForwarded(value: string): ForwardedElement[] | undefined;

// headers/host.d.ts
export interface Host {
    readonly hostname: string;
    readonly port: number | undefined;
}
export declare function parseHost(value: string): Host | undefined;

// headers/http-date.d.ts
export declare function formatHTTPDate(date: Date | number): string;
export declare function parseHTTPDate(text: string, now?: number): number | undefined;

// headers/media-type.d.ts
export interface MediaType {
    readonly type: string;
    readonly parameters: ReadonlyMap<string, string>;
}
export declare function parseMediaType(value: string): MediaType | undefined;
export declare function mediaTypeOf(contentType: string): string;

// headers/vary.d.ts
export declare function appendVary(existing: string | undefined, field: string): string;

// testing.d.ts
import type { Application } from './application.ts';
import type { Logger } from './log.ts';
import type { Rule } from './routing/route.ts';
import type { HTTPServer } from './server/http-server.ts';
import type { ServerOptions } from './server/server-options.ts';
export interface TestServer extends AsyncDisposable {
    readonly url: string;
    readonly port: number;
    readonly server: HTTPServer;
    fetch(path: string, init?: RequestInit): Promise<Response>;
    close(): Promise<void>;
}
export declare function testServer(application: Application<readonly Rule[]>, options?: ServerOptions): Promise<TestServer>;
export interface LogLine {
    readonly level: keyof Logger;
    readonly fields: object;
    readonly message: string;
}
export declare class TestLog implements Logger {
    #private;
    readonly lines: LogLine[];
    debug(fields: object, message: string): void;
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
    expect(pattern: RegExp): Promise<LogLine>;
    check(): void;
}
export declare const silentLogger: Logger;
