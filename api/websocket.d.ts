// @typhoon/websocket: made by scripts/api-report.mjs, not by hand

// index.d.ts
export type { BackoffOptions } from './backoff.ts';
export type { WebSocketCompressionOptions } from './compression.ts';
export { InvalidMessageError, UpgradeRefusedError, WebSocketClosedError } from './errors.ts';
export type { TopicOptions } from './followed-topic.ts';
export type { Incoming, MessageSchemas, Outgoing } from './message-schema.ts';
export type { SlowConsumerPolicy } from './send-budget.ts';
export type { MessageTrace } from './tracing.ts';
export { WebSocketClient, type WebSocketConnectOptions, websocketConnect } from './websocket-client.ts';
export { WebSocketHandler, type WriteMessageOptions } from './websocket-handler.ts';

// backoff.d.ts
export interface BackoffOptions {
    readonly minDelay?: number | undefined;
    readonly maxDelay?: number | undefined;
    readonly maxAttempts?: number | undefined;
}
export declare class Backoff {
    #private;
    constructor({ minDelay, maxDelay, maxAttempts }?: BackoffOptions);
    next(): number | undefined;
    reset(): void;
}

// compression.d.ts
export interface WebSocketCompressionOptions {
    readonly level?: number;
    readonly threshold?: number;
    readonly memLevel?: number;
    readonly concurrency?: number;
}
export declare const COMPRESSION_DEFAULTS: Required<WebSocketCompressionOptions>;
export declare class Deflater {
    #private;
    readonly key: string;
    constructor(options: Required<WebSocketCompressionOptions>, windowBits: number);
    suits(size: number): boolean;
    deflate(payload: string | Uint8Array): Buffer;
}
export declare function serverWindowBits(extensions: string): number;

// errors.d.ts
import type { ValidationIssue } from '@typhoon/core';
export declare class WebSocketClosedError extends Error {
    readonly code = "TYPHOON_WEBSOCKET_CLOSED";
    constructor(action: string, options?: ErrorOptions);
}
export declare class InvalidMessageError extends Error {
    readonly code = "TYPHOON_INVALID_MESSAGE";
    readonly closeCode: 1003 | 1007 | 1008;
    readonly issues: readonly ValidationIssue[];
    constructor(closeCode: 1003 | 1007 | 1008, message: string, options?: ErrorOptions & {
        issues?: readonly ValidationIssue[];
    });
}
export declare class UpgradeRefusedError extends Error {
    readonly code = "TYPHOON_UPGRADE_REFUSED";
    readonly status: number;
    readonly headers: ReadonlyMap<string, string>;
    readonly body: string;
    constructor(url: string, answer: {
        status: number;
        headers: ReadonlyMap<string, string>;
        body: string;
    });
}

// followed-topic.d.ts
import type { Hub, HubMessage, SubscribeOptions } from '@typhoon/pubsub';
export interface TopicOptions extends SubscribeOptions {
    envelope?: boolean | undefined;
}
export interface TopicFollower {
    readonly hub: Hub;
    send(message: HubMessage, envelope: boolean): boolean;
    sendGap(topic: string): void;
    overflow(): void;
    failed(error: unknown): void;
}
export declare class FollowedTopic {
    #private;
    readonly topic: string;
    constructor(topic: string, options: TopicOptions, follower: TopicFollower);
    start(): Promise<void>;
    resume(): void;
    stop(): Promise<void>;
}

// message-schema.d.ts
import type { Schema } from '@typhoon/core';
export interface MessageSchemas {
    readonly in?: Schema;
    readonly out?: Schema;
}
export type Incoming<Messages> = Messages extends {
    readonly in: Schema<infer Output>;
} ? Output : string | Buffer;
export type Outgoing<Messages> = Messages extends {
    readonly out: Schema<infer Output>;
} ? Output : string | Uint8Array | object;
export declare function parseMessage(schema: Schema, message: string | Buffer): unknown;
export declare function checkOutgoing(schema: Schema, message: unknown): unknown;

// send-budget.d.ts
import type { Writable } from 'node:stream';
import { type OutgoingFrame } from './outgoing-frame.ts';
export type SlowConsumerPolicy = 
'close'
 | 'dropNewest'
 | 'dropOldest'
 | 'wait'
 | {
    readonly latestPer: (message: string | Buffer) => string | undefined;
};
export interface SendLimits {
    readonly maxBufferedBytes: number;
    readonly slowConsumer: SlowConsumerPolicy;
}
export type SendResult = 'accepted' | 'dropped' | 'full' | 'closed';
export declare class SendBudget {
    #private;
    constructor(socket: Writable, limits: SendLimits);
    get bufferedBytes(): number;
    get controlBytes(): number;
    hasRoom(size: number): boolean;
    send(frame: OutgoingFrame): SendResult;
    onceDrained(listener: () => void): void;
    flush(): void;
    dropWaiting(): void;
    close(): void;
}

// outgoing-frame.d.ts
export interface OutgoingFrame {
    readonly bytes: Buffer;
    readonly key?: string | undefined;
    readonly control?: boolean;
    readonly done?: ((error?: Error) => void) | undefined;
}
export interface FrameGroup {
    readonly bytes: Buffer;
    readonly cost: number;
    readonly controlBytes: number;
    settle(error?: Error): void;
}
export declare const FRAME_COST = 64;
export declare function costOf(frame: OutgoingFrame): number;

// tracing.d.ts
import type { RequestHandler } from '@typhoon/core';
export interface MessageTrace {
    readonly handler: RequestHandler;
    readonly message: string | Buffer;
    error?: unknown;
}
export declare function traced(handler: RequestHandler, message: string | Buffer, hook: () => unknown): unknown;

// websocket-client.d.ts
import type { ConnectionOptions } from 'node:tls';
import { type HeaderFields } from '@typhoon/core';
import { type BackoffOptions } from './backoff.ts';
export interface WebSocketConnectOptions {
    headers?: HeaderFields | undefined;
    cookies?: Readonly<Record<string, string>> | undefined;
    subprotocols?: readonly string[] | undefined;
    proxy?: string | URL | undefined;
    tls?: ConnectionOptions | undefined;
    handshakeTimeout?: number | undefined;
    closeTimeout?: number | undefined;
    maxMessageSize?: number | undefined;
    pingInterval?: number | undefined;
    pingTimeout?: number | undefined;
    compression?: boolean | undefined;
    signal?: AbortSignal | undefined;
    reconnect?: boolean | BackoffOptions | undefined;
    resume?: boolean | ((url: URL, lastId: string) => void) | undefined;
}
export declare function websocketConnect(url: string | URL, options?: WebSocketConnectOptions): Promise<WebSocketClient>;
export declare class WebSocketClient implements AsyncIterable<string | Buffer> {
    #private;
    readonly closed: Promise<void>;
    private constructor();
    static connect(url: URL, options: WebSocketConnectOptions): Promise<WebSocketClient>;
    get subprotocol(): string | undefined;
    get headers(): ReadonlyMap<string, string>;
    get closeCode(): number | undefined;
    get closeReason(): string | undefined;
    get isOpen(): boolean;
    readMessage(): Promise<string | Buffer | undefined>;
    writeMessage(message: string | Uint8Array | object, { binary }?: {
        binary?: boolean;
    }): Promise<void>;
    close(code?: number, reason?: string): Promise<void>;
    ping(data?: Uint8Array): void;
    [Symbol.asyncIterator](): AsyncGenerator<string | Buffer, void, undefined>;
    [Symbol.asyncDispose](): Promise<void>;
}

// websocket-handler.d.ts
import { type PathArgs, RequestHandler } from '@typhoon/core';
import { type Hub, type PublishedMessage, type PublishOptions } from '@typhoon/pubsub';
import type { WebSocketCompressionOptions } from './compression.ts';
import { InvalidMessageError } from './errors.ts';
import type { TopicOptions } from './followed-topic.ts';
import { type Incoming, type MessageSchemas, type Outgoing } from './message-schema.ts';
import type { SlowConsumerPolicy } from './send-budget.ts';
export interface WriteMessageOptions {
    binary?: boolean | undefined;
}
export declare class WebSocketHandler<Args extends object = PathArgs, Messages extends MessageSchemas | undefined = undefined> extends RequestHandler {
    #private;
    static readonly acceptsUpgrade: boolean;
    static readonly maxMessageSize: number;
    static readonly maxMessageRate: number;
    static readonly maxConnectionsPerAddress: number;
    static readonly maxSubscriptions: number;
    static readonly maxBufferedBytes: number;
    static readonly slowConsumer: SlowConsumerPolicy;
    static readonly pingInterval: number;
    static readonly pingTimeout: number;
    static readonly idleTimeout: number;
    static readonly closeTimeout: number;
    static readonly shutdownCode: 1001 | 1012;
    static readonly compression: boolean | WebSocketCompressionOptions;
    static readonly messages: MessageSchemas | undefined;
    static checkClass(): void;
    initialize(args?: object): void;
    open(..._args: never[]): unknown;
    onMessage(_message: Incoming<Messages>): unknown;
    onClose(_code: number, _reason: string): unknown;
    onPing(_data: Buffer): unknown;
    onPong(_data: Buffer): unknown;
    onInvalidMessage(error: InvalidMessageError): unknown;
    checkOrigin(origin: string): boolean | Promise<boolean>;
    selectSubprotocol(_offered: readonly string[]): string | undefined;
    get pathArgs(): PathArgs & Args;
    get subprotocol(): string | undefined;
    get closeCode(): number | undefined;
    get closeReason(): string | undefined;
    get bufferedBytes(): number;
    get signal(): AbortSignal;
    get hub(): Hub;
    set hub(hub: Hub);
    writeMessage(message: Outgoing<Messages>, { binary }?: WriteMessageOptions): Promise<void>;
    ping(data?: string | Uint8Array): void;
    close(code?: number, reason?: string): void;
    messages(): AsyncGenerator<Incoming<Messages>, void, undefined>;
    subscribe(topic: string, options?: TopicOptions): Promise<void>;
    unsubscribe(topic: string): Promise<void>;
    publish(topic: string, message: string | Uint8Array | object, options?: PublishOptions): Promise<PublishedMessage>;
    get(...args: never[]): unknown;
    logDetails(): {
        readonly text: string;
        readonly fields: object;
    } | undefined;
}

// client.d.ts
import { type BackoffOptions } from './backoff.ts';
export interface MessageInfo {
    readonly topic?: string;
    readonly id?: string;
    readonly time?: number;
}
export type LiveSocketStatus = 'connecting' | 'open' | 'waiting' | 'closed';
export interface LiveSocketOptions<Received> {
    onMessage(data: Received, info: MessageInfo): void;
    onStatus?(status: LiveSocketStatus, code?: number): void;
    onGap?(topic: string): void;
    reconnect?: BackoffOptions;
    since?: string;
    maxQueued?: number;
    fallback?: {
        events: string;
        send(text: string): Promise<unknown>;
    };
}
export declare function connect<Received = unknown, Sent = unknown>(url: string, options: LiveSocketOptions<Received>): LiveSocket<Received, Sent>;
export declare class LiveSocket<Received = unknown, Sent = unknown> {
    #private;
    constructor(url: string, options: LiveSocketOptions<Received>);
    get status(): LiveSocketStatus;
    get lastId(): string | undefined;
    send(message: Sent): boolean;
    close(code?: number, reason?: string): void;
}
