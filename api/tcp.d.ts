// @typhoon/tcp: made by scripts/api-report.mjs, not by hand

// index.d.ts
export { type BindOptions, bindSockets, bindUnusedPort } from './bind-sockets.ts';
export { type Datagram, type DatagramAddress, DatagramSocket, type DatagramSocketOptions } from './datagram-socket.ts';
export { ConnectError, type ConnectPhase, DatagramSocketClosedError, StreamBufferFullError, StreamBusyError, StreamClosedError, TCPOptionError, UnsatisfiableReadError, } from './errors.ts';
export { IOStream, type PartialReadOptions, type ReadOptions, type RegexSearchOptions, type SearchOptions, } from './iostream.ts';
export type { ListeningSocket } from './listening-socket.ts';
export type { TCPLogger, TCPLogMethod } from './log.ts';
export type { StreamOptions } from './stream-options.ts';
export { type ConnectOptions, TCPClient } from './tcp-client.ts';
export { type PeerAddress, type StopOptions, type StreamHandler, TCPServer, type TCPServerOptions, } from './tcp-server.ts';
export type { ClientTLSOptions, ServerTLSOptions, StartTLSOptions } from './tls-handshake.ts';

// bind-sockets.d.ts
import { ListeningSocket } from './listening-socket.ts';
export interface BindOptions {
    port?: number | undefined;
    host?: string | undefined;
    path?: string | undefined;
    mode?: number | undefined;
    backlog?: number | undefined;
    ipv6Only?: boolean | undefined;
}
export declare function bindSockets(where?: number | BindOptions): Promise<ListeningSocket[]>;
export declare function bindUnusedPort(host?: string): Promise<{
    socket: ListeningSocket;
    port: number;
}>;

// listening-socket.d.ts
import type { AddressInfo, Server, Socket } from 'node:net';
export declare class ListeningSocket implements AsyncDisposable {
    #private;
    constructor(server: Server);
    get address(): AddressInfo | string;
    accept(listener: (socket: Socket) => void): void;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// datagram-socket.d.ts
export interface DatagramAddress {
    readonly address: string;
    readonly port: number;
    readonly family: 'IPv4' | 'IPv6';
}
export interface Datagram {
    readonly data: Buffer;
    readonly from: DatagramAddress;
}
export interface DatagramSocketOptions {
    port?: number | undefined;
    host?: string | undefined;
    family?: 4 | 6 | undefined;
    reuseAddress?: boolean | undefined;
    broadcast?: boolean | undefined;
    maxQueueSize?: number | undefined;
}
export declare class DatagramSocket implements AsyncDisposable, AsyncIterable<Datagram> {
    #private;
    private constructor();
    static bind(options?: DatagramSocketOptions): Promise<DatagramSocket>;
    get address(): DatagramAddress;
    get dropped(): number;
    get closed(): boolean;
    connect(port: number, host: string): Promise<void>;
    send(data: string | Uint8Array, port?: number, host?: string): Promise<void>;
    receive(options?: {
        signal?: AbortSignal | undefined;
    }): Promise<Datagram>;
    [Symbol.asyncIterator](): AsyncGenerator<Datagram, void, undefined>;
    joinMulticast(group: string, network?: string): void;
    leaveMulticast(group: string, network?: string): void;
    setMulticast(options: {
        ttl?: number;
        loopback?: boolean;
        network?: string;
    }): void;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// errors.d.ts
export declare class TCPOptionError extends TypeError {
    readonly code = "TYPHOON_OPTION";
}
export declare class StreamClosedError extends Error {
    readonly code = "TYPHOON_STREAM_CLOSED";
    readonly realError: Error | undefined;
    constructor(action: string, realError: Error | undefined);
}
export declare class UnsatisfiableReadError extends Error {
    readonly code = "TYPHOON_UNSATISFIABLE_READ";
}
export declare class StreamBufferFullError extends Error {
    readonly code = "TYPHOON_STREAM_BUFFER_FULL";
    readonly limit: 'maxBufferSize' | 'maxWriteBufferSize';
    constructor(limit: 'maxBufferSize' | 'maxWriteBufferSize', max: number);
}
export declare class StreamBusyError extends Error {
    readonly code = "TYPHOON_STREAM_BUSY";
}
export type ConnectPhase = 'lookup' | 'connect' | 'tls';
export declare class ConnectError extends Error {
    readonly code: 'TYPHOON_CONNECT' | 'TYPHOON_CONNECT_TIMEOUT';
    readonly host: string;
    readonly port: number;
    readonly phase: ConnectPhase;
    constructor(target: {
        host: string;
        port: number;
    }, phase: ConnectPhase, reason: {
        cause: Error;
    } | {
        timeout: number;
    });
}
export declare class DatagramSocketClosedError extends Error {
    readonly code = "TYPHOON_DATAGRAM_SOCKET_CLOSED";
    constructor(action: string);
}

// iostream.d.ts
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type StreamOptions } from './stream-options.ts';
import { type StartTLSOptions } from './tls-handshake.ts';
export interface ReadOptions {
    signal?: AbortSignal | undefined;
}
export interface PartialReadOptions extends ReadOptions {
    partial?: boolean | undefined;
}
export interface SearchOptions extends ReadOptions {
    maxBytes?: number | undefined;
}
export interface RegexSearchOptions extends SearchOptions {
    maxMatchSize?: number | undefined;
}
export declare class IOStream implements AsyncDisposable {
    #private;
    constructor(socket: Socket | TLSSocket, options?: StreamOptions & {
        host?: string | undefined;
    });
    get socket(): Socket | TLSSocket;
    get closed(): boolean;
    get error(): Error | undefined;
    readBytes(size: number, options?: PartialReadOptions): Promise<Buffer>;
    readInto(buffer: Uint8Array, options?: PartialReadOptions): Promise<number>;
    readUntil(delimiter: string | Uint8Array, options?: SearchOptions): Promise<Buffer>;
    readUntilRegex(regex: RegExp, options?: RegexSearchOptions): Promise<Buffer>;
    readUntilClose(options?: ReadOptions): Promise<Buffer>;
    write(data: string | Uint8Array): Promise<void>;
    startTls(options: StartTLSOptions): Promise<this>;
    setCloseCallback(callback: (() => void) | null): void;
    close(error?: Error): void;
    [Symbol.asyncDispose](): Promise<void>;
}

// stream-options.d.ts
export interface StreamOptions {
    maxBufferSize?: number | undefined;
    maxWriteBufferSize?: number | undefined;
    closeTimeout?: number | undefined;
}
export type ResolvedStreamOptions = {
    readonly [Name in keyof StreamOptions]-?: number;
};
export declare const STREAM_OPTION_NAMES: readonly string[];
export declare function resolveStreamOptions(given: StreamOptions): ResolvedStreamOptions;

// tls-handshake.d.ts
import { type Socket } from 'node:net';
import { type ConnectionOptions, type TLSSocket, type TlsOptions } from 'node:tls';
export interface ClientTLSOptions extends Omit<ConnectionOptions, 'socket' | 'host' | 'port' | 'path' | 'lookup'> {
    isServer?: false | undefined;
    servername?: string | undefined;
    handshakeTimeout?: number | undefined;
}
export interface ServerTLSOptions extends TlsOptions {
    isServer: true;
    handshakeTimeout?: number | undefined;
}
export type StartTLSOptions = ClientTLSOptions | ServerTLSOptions;
export declare const DEFAULT_HANDSHAKE_TIMEOUT = 10000;
export declare function checkStartTLSOptions(options: StartTLSOptions, host: string | undefined): void;
export declare function handshake(plain: Socket, options: StartTLSOptions, host: string | undefined): Promise<TLSSocket>;
export declare function endWithPeer(plain: Socket): void;

// log.d.ts
export type TCPLogMethod = (fields: object, message: string) => void;
export interface TCPLogger {
    debug: TCPLogMethod;
    info: TCPLogMethod;
    warn: TCPLogMethod;
    error: TCPLogMethod;
}
export declare const standardErrorLogger: TCPLogger;

// tcp-client.d.ts
import { type LookupFunction } from 'node:net';
import { IOStream } from './iostream.ts';
import { type StreamOptions } from './stream-options.ts';
import type { ClientTLSOptions } from './tls-handshake.ts';
export interface ConnectOptions extends StreamOptions {
    timeout?: number | undefined;
    tls?: boolean | ClientTLSOptions | undefined;
    sourceAddress?: string | undefined;
    sourcePort?: number | undefined;
    signal?: AbortSignal | undefined;
    lookup?: LookupFunction | undefined;
    autoSelectFamily?: boolean | undefined;
    autoSelectFamilyAttemptTimeout?: number | undefined;
}
export declare class TCPClient {
    #private;
    constructor(defaults?: ConnectOptions);
    static connect(host: string, port: number, options?: ConnectOptions): Promise<IOStream>;
    connect(host: string, port: number, options?: ConnectOptions): Promise<IOStream>;
    connectUnix(path: string, options?: ConnectOptions): Promise<IOStream>;
}

// tcp-server.d.ts
import type { AddressInfo } from 'node:net';
import { type SecureContextOptions, type TlsOptions } from 'node:tls';
import { type BindOptions } from './bind-sockets.ts';
import { IOStream } from './iostream.ts';
import type { ListeningSocket } from './listening-socket.ts';
import { type TCPLogger } from './log.ts';
import { type StreamOptions } from './stream-options.ts';
export interface PeerAddress {
    readonly address: string;
    readonly port: number;
    readonly family: 'IPv4' | 'IPv6' | 'Unix';
}
export type StreamHandler = (stream: IOStream, address: PeerAddress) => void | Promise<void>;
export interface TCPServerOptions extends StreamOptions {
    handleStream?: StreamHandler | undefined;
    tls?: TlsOptions | undefined;
    maxConnections?: number | undefined;
    logger?: TCPLogger | undefined;
}
export interface StopOptions {
    deadline?: number | undefined;
}
export declare class TCPServer implements AsyncDisposable {
    #private;
    constructor(options?: TCPServerOptions);
    handleStream(stream: IOStream, address: PeerAddress): void | Promise<void>;
    get stopping(): AbortSignal;
    get addresses(): (AddressInfo | string)[];
    get port(): number;
    get connections(): number;
    listen(where: number | BindOptions): Promise<this>;
    bind(where: number | BindOptions): Promise<this>;
    start(): this;
    addSockets(sockets: readonly ListeningSocket[]): this;
    reloadTLS(tls: SecureContextOptions): void;
    stop({ deadline }?: StopOptions): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}
