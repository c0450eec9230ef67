// @typhoon/client: made by scripts/api-report.mjs, not by hand

// index.d.ts
export { AsyncHTTPClient } from './async-http-client.ts';
export type { Auth, AuthOptions } from './authentication.ts';
export type { BodyOptions, BodyProducer, BodySource, FormInit } from './body-source.ts';
export type { ContentInit, FileSource } from './content-source.ts';
export { CookieJar, type CookieJarOptions, type StoredCookie } from './cookie-jar.ts';
export type { DownloadOptions, DownloadProgress, DownloadResult } from './download.ts';
export { BodyTooLargeError, ClientClosedError, ContentDecodingError, HTTPClientError, type HTTPClientErrorDetails, HTTPConnectionError, HTTPProtocolError, HTTPTimeoutError, RedirectError, type RequestPhase, } from './errors.ts';
export { HTTPRequest } from './http-request.ts';
export { HTTPResponse, StreamedResponse, type TimeInfo } from './http-response.ts';
export type { MultipartFile, MultipartInit, MultipartValue } from './multipart-body.ts';
export { HTTPClientOptionError } from './option-error.ts';
export { ProxyRefusedError } from './proxy-error.ts';
export type { HeaderInit } from './request-fields.ts';
export type { AsyncHTTPClientOptions, ConnectionOptions, PEM, RequestDefaults, RequestOptions, Resolve, } from './request-options.ts';
export type { ResponseHead } from './response-head.ts';
export type { RetryOptions } from './retry.ts';

// async-http-client.d.ts
import { type DownloadOptions, type DownloadResult } from './download.ts';
import { HTTPRequest } from './http-request.ts';
import { HTTPResponse, StreamedResponse } from './http-response.ts';
import { type AsyncHTTPClientOptions, type RequestOptions } from './request-options.ts';
export declare class AsyncHTTPClient implements AsyncDisposable {
    #private;
    constructor(options?: AsyncHTTPClientOptions);
    fetch(target: string | URL | HTTPRequest, options: RequestOptions & {
        readonly stream: true;
    }): Promise<StreamedResponse>;
    fetch(target: string | URL | HTTPRequest, options?: RequestOptions & {
        readonly stream?: false;
    }): Promise<HTTPResponse>;
    download(target: string | URL | HTTPRequest, path: string, options?: DownloadOptions): Promise<DownloadResult>;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// download.d.ts
import { HTTPRequest } from './http-request.ts';
import type { StreamedResponse, TimeInfo } from './http-response.ts';
import type { RequestOptions } from './request-options.ts';
import type { ResponseHead } from './response-head.ts';
export interface DownloadProgress {
    readonly received: number;
    readonly total: number | undefined;
}
export interface DownloadOptions extends Omit<RequestOptions, 'streamingCallback' | 'raiseError'> {
    readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
    readonly resume?: boolean | undefined;
}
export interface DownloadResult extends ResponseHead {
    readonly path: string;
    readonly size: number;
    readonly resumedFrom: number;
    readonly timeInfo: TimeInfo;
}
export type FetchStream = (request: HTTPRequest, options: RequestOptions) => Promise<StreamedResponse>;
export declare function download(fetchStream: FetchStream, target: string | URL | HTTPRequest, path: string, { onProgress, resume, ...options }: DownloadOptions): Promise<DownloadResult>;

// http-request.d.ts
import { type RequestOptions } from './request-options.ts';
export declare class HTTPRequest {
    readonly url: URL;
    readonly method: string;
    readonly options: RequestOptions;
    constructor(url: string | URL, options?: RequestOptions);
    toJSON(): {
        readonly method: string;
        readonly url: string;
    };
}

// request-options.d.ts
import { type AuthOptions } from './authentication.ts';
import type { BodyOptions, FormInit } from './body-source.ts';
import type { CookieJar } from './cookie-jar.ts';
import { type HeaderInit } from './request-fields.ts';
import type { ResponseHead } from './response-head.ts';
import { type ResolvedRetry, type RetryOptions } from './retry.ts';
export type Resolve = Readonly<Record<string, string>> | ((hostname: string) => string | readonly string[] | Promise<string | readonly string[]>);
export type PEM = string | Buffer | readonly (string | Buffer)[];
export interface ConnectionOptions {
    readonly proxy?: string | URL | false | undefined;
    readonly ca?: PEM | undefined;
    readonly cert?: PEM | undefined;
    readonly key?: string | Buffer | undefined;
    readonly passphrase?: string | undefined;
    readonly validateCert?: boolean | undefined;
    readonly unixSocket?: string | undefined;
    readonly resolve?: Resolve | undefined;
    readonly http2?: boolean | undefined;
    readonly connectTimeout?: number | undefined;
}
export interface RequestDefaults extends ConnectionOptions, AuthOptions {
    readonly headers?: HeaderInit | undefined;
    readonly cookies?: CookieJar | undefined;
    readonly userAgent?: string | undefined;
    readonly headersTimeout?: number | undefined;
    readonly bodyTimeout?: number | undefined;
    readonly requestTimeout?: number | undefined;
    readonly followRedirects?: boolean | undefined;
    readonly maxRedirects?: number | undefined;
    readonly maxBodySize?: number | undefined;
    readonly decompressResponse?: boolean | undefined;
    readonly retry?: number | RetryOptions | undefined;
    readonly raiseError?: boolean | undefined;
}
export interface RequestOptions extends RequestDefaults, BodyOptions {
    readonly method?: string | undefined;
    readonly query?: FormInit | undefined;
    readonly expect100Continue?: boolean | undefined;
    readonly streamingCallback?: ((chunk: Buffer) => void | Promise<void>) | undefined;
    readonly headerCallback?: ((head: ResponseHead) => void) | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly allowNonstandardMethods?: boolean | undefined;
}
export interface AsyncHTTPClientOptions extends RequestDefaults {
    readonly maxClients?: number | undefined;
    readonly maxClientsPerHost?: number | undefined;
    readonly keepAliveTimeout?: number | undefined;
    readonly maxHeaderSize?: number | undefined;
}
declare const REQUEST_DEFAULTS: {
    readonly method: 'GET';
    readonly proxy: false;
    readonly validateCert: true;
    readonly http2: false;
    readonly connectTimeout: 20000;
    readonly headersTimeout: 20000;
    readonly bodyTimeout: 20000;
    readonly requestTimeout: 20000;
    readonly userAgent: 'Typhoon';
    readonly followRedirects: true;
    readonly maxRedirects: 5;
    readonly decompressResponse: true;
    readonly retry: 0;
    readonly raiseError: true;
    readonly expect100Continue: false;
    readonly allowNonstandardMethods: false;
};
type Filled = Exclude<keyof typeof REQUEST_DEFAULTS, 'retry'>;
export type ResolvedRequest = Omit<RequestOptions, 'retry'> & {
    readonly [K in Filled]-?: Exclude<RequestOptions[K], undefined>;
} & {
    readonly retry: ResolvedRetry;
};
export type ResolvedClient = Readonly<Record<'maxClients' | 'maxClientsPerHost' | 'keepAliveTimeout' | 'maxHeaderSize', number>>;
export declare function resolveClientOptions(given: AsyncHTTPClientOptions): ResolvedClient;
export declare function resolveRequestOptions(given: RequestOptions, presets: RequestDefaults): ResolvedRequest;
export {};

// authentication.d.ts
export type Auth = {
    readonly username: string;
    readonly password: string;
    readonly mode?: 'basic' | 'digest' | undefined;
} | {
    readonly bearer: string;
};
export interface AuthOptions {
    readonly auth?: Auth | undefined;
    readonly authUsername?: string | undefined;
    readonly authPassword?: string | undefined;
    readonly authMode?: 'basic' | 'digest' | undefined;
}
export declare function withAuth<T extends AuthOptions>(options: T): Omit<T, 'authUsername' | 'authPassword' | 'authMode'>;
export declare function urlCredentials(what: string, url: URL): {
    username: string;
    password: string;
} | undefined;
export declare function checkAuth(auth: unknown): void;
export declare class Authentication {
    #private;
    field(auth: Auth, url: URL, method: string): string | undefined;
    challenged(auth: Auth | undefined, url: URL, wwwAuthenticate: string | null, answered: number): boolean;
    renew(auth: Auth | undefined, url: URL, authenticationInfo: string | null): void;
}

// body-source.d.ts
import { type ContentInit, type ContentSource } from './content-source.ts';
import { type MultipartInit } from './multipart-body.ts';
import { type BodyProducer } from './produced-body.ts';
export type { BodyProducer };
export type BodySource = ContentInit | URLSearchParams;
type FormValue = string | number | boolean;
export type FormInit = URLSearchParams | Iterable<readonly [string, string]> | Readonly<Record<string, FormValue | readonly FormValue[] | undefined>>;
export interface BodyOptions {
    readonly form?: FormInit | undefined;
    readonly json?: unknown;
    readonly multipart?: MultipartInit | undefined;
    readonly body?: BodySource | undefined;
    readonly bodyProducer?: BodyProducer | undefined;
}
export interface RequestBody extends ContentSource {
    readonly contentType: string | undefined;
}
export declare function requestBody(options: BodyOptions): Promise<RequestBody | undefined>;
export declare function declareLength(body: RequestBody | undefined, declared: string): RequestBody;
export declare function searchParams(init: FormInit): URLSearchParams;

// content-source.d.ts
export interface FileSource {
    readonly path: string;
}
export type ContentInit = string | Uint8Array | Blob | AsyncIterable<Uint8Array | string> | FileSource;
export interface ContentSource {
    readonly length: number | undefined;
    readonly replayable: boolean;
    open(): Uint8Array | AsyncIterable<Uint8Array>;
    close(): void;
}
export declare function contentSource(name: string, init: ContentInit): Promise<ContentSource>;
export declare function bytesSource(bytes: Uint8Array): ContentSource;
export declare function exactly(source: AsyncIterable<Uint8Array | string>, length: number): AsyncGenerator<Uint8Array, void, void>;
export declare function close(): void;
export declare function encoded(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array, void, void>;

// multipart-body.d.ts
import { type ContentInit, type ContentSource } from './content-source.ts';
export interface MultipartFile {
    readonly path?: string | undefined;
    readonly content?: ContentInit | undefined;
    readonly filename?: string | undefined;
    readonly contentType?: string | undefined;
}
export type MultipartValue = ContentInit | MultipartFile;
export type MultipartInit = Readonly<Record<string, MultipartValue | readonly MultipartValue[] | undefined>> | Iterable<readonly [string, MultipartValue]>;
export interface MultipartBody extends ContentSource {
    readonly contentType: string;
}
export declare function multipartBody(init: MultipartInit): Promise<MultipartBody>;

// produced-body.d.ts
export type BodyProducer = (write: (chunk: Uint8Array | string) => Promise<void>) => void | Promise<void>;
export declare function produced(producer: BodyProducer): AsyncGenerator<Uint8Array | string, void, void>;

// cookie-jar.d.ts
export interface StoredCookie {
    readonly name: string;
    readonly value: string;
    readonly domain: string;
    readonly path: string;
    readonly secure: boolean;
    readonly httpOnly: boolean;
    readonly expires: Date | undefined;
}
export interface CookieJarOptions {
    readonly maxCookiesPerDomain?: number | undefined;
    readonly maxCookies?: number | undefined;
}
export declare class CookieJar {
    #private;
    constructor(options?: CookieJarOptions);
    set(setCookie: string, url: string | URL): boolean;
    get(url: string | URL): StoredCookie[];
    header(url: string | URL): string;
    all(): StoredCookie[];
    clear(): void;
    toJSON(): object;
    static fromJSON(json: unknown, options?: CookieJarOptions): CookieJar;
    save(path: string): Promise<void>;
    static load(path: string, options?: CookieJarOptions): Promise<CookieJar>;
}

// request-fields.d.ts
export type HeaderInit = Headers | Iterable<readonly [string, string]> | Readonly<Record<string, string | readonly string[] | undefined>>;
export declare function isToken(text: string): boolean;
export declare class RequestFields {
    #private;
    constructor(init?: HeaderInit);
    get(name: string): string | undefined;
    has(name: string): boolean;
    set(name: string, value: string): void;
    setDefault(name: string, value: string): void;
    append(name: string, value: string): void;
    delete(name: string): void;
    overlaid(other: RequestFields): RequestFields;
    without(names: readonly string[]): RequestFields;
    [Symbol.iterator](): Generator<readonly [string, string], void, void>;
    flat(): string[];
}

// response-head.d.ts
export interface ResponseHead {
    readonly code: number;
    readonly reason: string;
    readonly headers: Headers;
    readonly effectiveUrl: string;
}

// retry.d.ts
export interface RetryOptions {
    readonly limit?: number | undefined;
    readonly minDelay?: number | undefined;
    readonly maxDelay?: number | undefined;
    readonly statuses?: readonly number[] | undefined;
}
export type ResolvedRetry = {
    readonly [K in keyof RetryOptions]-?: Exclude<RetryOptions[K], undefined>;
};
export declare function resolveRetry(given: number | RetryOptions): ResolvedRetry;
export declare function isIdempotent(method: string): boolean;
export declare function retryDelay(tries: number, retryAfter: string | null, { minDelay, maxDelay }: ResolvedRetry, now?: number): number | undefined;
export declare function parseRetryAfter(value: string, now: number): number | undefined;

// http-response.d.ts
import type { HTTPRequest } from './http-request.ts';
import type { ResponseHead } from './response-head.ts';
export interface TimeInfo {
    readonly queue: number;
    readonly lookup: number;
    readonly connect: number;
    readonly tls: number;
    readonly headers: number;
    readonly body: number;
    readonly total: number;
}
export declare class HTTPResponse implements ResponseHead {
    readonly request: HTTPRequest;
    readonly code: number;
    readonly reason: string;
    readonly headers: Headers;
    readonly effectiveUrl: string;
    readonly body: Buffer;
    readonly timeInfo: TimeInfo;
    constructor(request: HTTPRequest, head: ResponseHead, body: Buffer, timeInfo: TimeInfo);
    get requestTime(): number;
    text(): string;
    json(): unknown;
}
export declare class StreamedResponse implements ResponseHead, AsyncIterable<Buffer>, AsyncDisposable {
    #private;
    readonly request: HTTPRequest;
    readonly code: number;
    readonly reason: string;
    readonly headers: Headers;
    readonly effectiveUrl: string;
    constructor(request: HTTPRequest, head: ResponseHead, body: AsyncIterable<Buffer>, close: () => void, timeInfo: () => TimeInfo);
    get timeInfo(): TimeInfo;
    [Symbol.asyncIterator](): AsyncGenerator<Buffer, void, void>;
    close(): void;
    [Symbol.asyncDispose](): Promise<void>;
}

// errors.d.ts
import type { HTTPResponse } from './http-response.ts';
export type RequestPhase = 'queue' | 'connect' | 'headers' | 'body' | 'total';
export interface HTTPClientErrorDetails extends ErrorOptions {
    readonly method: string;
    readonly url: string;
    readonly phase: RequestPhase;
    readonly code?: number | undefined;
    readonly response?: HTTPResponse | undefined;
}
export declare class HTTPClientError extends Error {
    readonly code: number;
    readonly method: string;
    readonly url: string;
    readonly phase: RequestPhase;
    readonly response: HTTPResponse | undefined;
    constructor(message: string, { method, url, phase, code, response, ...options }: HTTPClientErrorDetails);
}
export declare class HTTPTimeoutError extends HTTPClientError {
    readonly timeout: number;
    constructor(message: string, timeout: number, details: HTTPClientErrorDetails);
}
export declare class HTTPConnectionError extends HTTPClientError {
}
export declare class HTTPProtocolError extends HTTPClientError {
}
export declare class BodyTooLargeError extends HTTPClientError {
}
export declare class ContentDecodingError extends HTTPClientError {
}
export declare class RedirectError extends HTTPClientError {
}
export declare class ClientClosedError extends HTTPClientError {
}

// option-error.d.ts
export declare class HTTPClientOptionError extends TypeError {
    readonly code = "TYPHOON_OPTION";
}

// proxy-error.d.ts
export declare class ProxyRefusedError extends Error {
    readonly status: number;
    constructor(message: string, status: number);
}
