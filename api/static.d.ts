// @typhoon/static: made by scripts/api-report.mjs, not by hand

// index.d.ts
export type { Encoding } from './encoding.ts';
export { type CapturedPath, StaticFileHandler } from './static-file-handler.ts';
export { type StaticFilesOptions, staticFiles } from './static-files.ts';
export type { StaticOptions } from './static-options.ts';
export type { DotfilePolicy } from './url-path.ts';

// encoding.d.ts
export type Encoding = 'br' | 'zstd' | 'gzip';
export declare const ENCODINGS: readonly Encoding[];
export declare const ENCODING_SUFFIX: Readonly<Record<Encoding, string>>;
export declare function mayHaveSiblings(mediaType: string): boolean;
export declare function isCompressible(mediaType: string): boolean;
export declare function chooseEncoding(acceptEncoding: string, offered: readonly Encoding[]): Encoding | 'identity';

// static-file-handler.d.ts
import { type ErrorDetails, RequestHandler, type StaticURLOptions } from '@typhoon/core';
import { type MaybePromise } from './maybe-promise.ts';
import type { StaticOptions } from './static-options.ts';
export interface CapturedPath {
    readonly path: string | readonly string[];
}
export declare class StaticFileHandler extends RequestHandler {
    #private;
    path: string;
    absolutePath: string;
    static checkArgs(options: object): void;
    initialize(options: StaticOptions): void;
    get root(): string;
    setDefaultHeaders(): void;
    get(path?: string | CapturedPath): void | Promise<void>;
    parseUrlPath(urlPath: string): string;
    getAbsolutePath(root: string, path: string): string;
    validateAbsolutePath(_root: string, absolutePath: string): MaybePromise<string | undefined>;
    getContent(_absolutePath: string, start: number, end: number): Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
    getContentSize(): number;
    getModifiedTime(): Date | undefined;
    getContentType(): string;
    getContentVersion(_absolutePath: string): MaybePromise<string | undefined>;
    getCacheTime(_path: string, _modified: Date | undefined, _contentType: string): number;
    setExtraHeaders(_path: string): void;
    computeEtag(): string | undefined;
    writeError(status: number, details: ErrorDetails): unknown;
    static makeStaticUrl(options: StaticOptions, path: string, { includeVersion }?: StaticURLOptions): string;
    static getVersion(options: StaticOptions, path: string): string | undefined;
}

// maybe-promise.d.ts
export type MaybePromise<T> = T | Promise<T>;
export declare function after<T, U>(value: MaybePromise<T>, goOn: (value: T) => MaybePromise<U>): MaybePromise<U>;

// static-options.d.ts
import { type HeaderFields } from '@typhoon/core';
import { type Encoding } from './encoding.ts';
import type { DotfilePolicy } from './url-path.ts';
export interface StaticOptions {
    root?: string | URL | undefined;
    prefix?: string | undefined;
    index?: string | false | undefined;
    dotfiles?: DotfilePolicy | undefined;
    followSymlinks?: boolean | undefined;
    listing?: boolean | undefined;
    fallback?: string | undefined;
    cleanUrls?: boolean | undefined;
    notFoundPage?: string | undefined;
    download?: boolean | RegExp | undefined;
    maxAge?: number | undefined;
    cacheControl?: readonly (readonly [pattern: RegExp, value: string])[] | undefined;
    headers?: readonly (readonly [pattern: RegExp, fields: HeaderFields])[] | undefined;
    contentTypes?: Readonly<Record<string, string>> | undefined;
    precompressed?: boolean | readonly Encoding[] | undefined;
    compress?: boolean | undefined;
    manifest?: string | URL | undefined;
    maxCachedFileSize?: number | undefined;
    maxCacheSize?: number | undefined;
    checkInterval?: number | undefined;
}
export interface ResolvedStaticOptions {
    readonly root: string | undefined;
    readonly prefix: string;
    readonly index: string | false;
    readonly dotfiles: DotfilePolicy;
    readonly followSymlinks: boolean;
    readonly listing: boolean;
    readonly fallback: string | undefined;
    readonly cleanUrls: boolean;
    readonly notFoundPage: string | undefined;
    readonly download: boolean | RegExp;
    readonly maxAge: number;
    readonly cacheControl: readonly (readonly [pattern: RegExp, value: string])[];
    readonly headers: readonly (readonly [pattern: RegExp, fields: HeaderFields])[];
    readonly contentTypes: Readonly<Record<string, string>>;
    readonly precompressed: readonly Encoding[];
    readonly compress: boolean;
    readonly manifest: string | undefined;
    readonly maxCachedFileSize: number;
    readonly maxCacheSize: number;
    readonly checkInterval: number;
}
export declare function resolveStaticOptions(given?: StaticOptions): ResolvedStaticOptions;

// url-path.d.ts
export type DotfilePolicy = 'allow' | 'deny' | 'ignore';
export interface PathRules {
    readonly dotfiles: DotfilePolicy;
    readonly platform: NodeJS.Platform;
}
export declare function checkEncodedPath(path: string): void;
export declare function checkPath(path: string, rules: PathRules): string[];
export declare function encodePath(path: string): string;

// static-files.d.ts
import { type Rule } from '@typhoon/core';
import { StaticFileHandler } from './static-file-handler.ts';
import type { StaticOptions } from './static-options.ts';
export interface StaticFilesOptions extends Omit<StaticOptions, 'root'> {
    handler?: typeof StaticFileHandler | undefined;
    shortcuts?: readonly string[] | undefined;
}
export declare function staticFiles(directory: string | URL, options?: StaticFilesOptions): Rule[];
