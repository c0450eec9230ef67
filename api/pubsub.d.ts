// @typhoon/pubsub: made by scripts/api-report.mjs, not by hand

// index.d.ts
export { ClusterHub } from './cluster-hub.ts';
export type { ClusterHubOptions } from './cluster-hub-options.ts';
export type { ListenerErrorHandler } from './delivery.ts';
export { HubClosedError, HubInputError, HubLimitError, HubOptionError, HubUnavailableError } from './errors.ts';
export type { Hub, HubListener, Membership, PresenceEvent, PublishedMessage, PublishOptions, SubscribeOptions, Subscription, } from './hub.ts';
export { HubMessage, type HubMessageFields } from './hub-message.ts';
export { MemoryHub } from './memory-hub.ts';
export type { MemoryHubOptions } from './memory-hub-options.ts';
export { compareMessageIds } from './message-id.ts';

// cluster-hub.d.ts
import { type ClusterHubOptions } from './cluster-hub-options.ts';
import type { Hub, HubListener, Membership, PublishedMessage, PublishOptions, SubscribeOptions, Subscription } from './hub.ts';
export declare class ClusterHub implements Hub {
    #private;
    constructor(options?: ClusterHubOptions);
    publish(topic: string, message: string | Uint8Array, { sender }?: PublishOptions): Promise<PublishedMessage>;
    subscribe(topic: string, listener: HubListener, options?: SubscribeOptions): Promise<Subscription>;
    join(topic: string, member: string): Promise<Membership>;
    members(topic: string): Promise<string[]>;
    count(topic: string): Promise<number>;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// cluster-hub-options.d.ts
import { type MemoryHubOptions, type ResolvedMemoryHubOptions } from './memory-hub-options.ts';
export interface ClusterHubOptions extends MemoryHubOptions {
    name?: string | undefined;
    maxQueueSize?: number | undefined;
    connectTimeout?: number | undefined;
}
export type ResolvedClusterHubOptions = ResolvedMemoryHubOptions & {
    readonly name: string;
    readonly maxQueueSize: number;
    readonly connectTimeout: number;
};
export declare function resolveClusterHubOptions(given: ClusterHubOptions): ResolvedClusterHubOptions;

// memory-hub-options.d.ts
import type { ListenerErrorHandler } from './delivery.ts';
import type { MessageLogLimits } from './message-log.ts';
export interface MemoryHubOptions {
    maxHistoryMessages?: number | undefined;
    maxHistorySize?: number | undefined;
    maxHistoryAge?: number | undefined;
    maxHistoryTotalSize?: number | undefined;
    maxHistoryTopics?: number | undefined;
    maxSubscriptions?: number | undefined;
    maxMemberships?: number | undefined;
    onError?: ListenerErrorHandler | undefined;
}
export type ResolvedMemoryHubOptions = {
    readonly [Name in keyof MemoryHubOptions]-?: NonNullable<MemoryHubOptions[Name]>;
};
export declare const MEMORY_HUB_DEFAULTS: ResolvedMemoryHubOptions;
export declare function resolveMemoryHubOptions(given: MemoryHubOptions): ResolvedMemoryHubOptions;
export declare function checkMemoryHubOptions(options: ResolvedMemoryHubOptions): void;
export declare function logLimits(options: ResolvedMemoryHubOptions): MessageLogLimits;

// delivery.d.ts
import type { HubListener, PresenceEvent, SubscribeOptions, Subscription } from './hub.ts';
import { HubMessage } from './hub-message.ts';
import type { Replay } from './message-log.ts';
export type ListenerErrorHandler = (error: unknown, topic: string) => void;
export type RemovalHandler = (topic: string, wantsPresence: boolean) => Promise<void>;
export declare class TopicGap {
    readonly topic: string;
    constructor(topic: string);
}
type Item = HubMessage | PresenceEvent | TopicGap;
interface SubscriptionParts {
    readonly topic: string;
    readonly listener: HubListener;
    readonly options: SubscribeOptions;
    readonly startId: string | undefined;
    readonly after: number;
}
declare class LocalSubscription implements Subscription {
    #private;
    readonly topic: string;
    readonly after: number;
    constructor(delivery: Delivery, { topic, listener, options, startId, after }: SubscriptionParts);
    get wantsPresence(): boolean;
    get gap(): boolean;
    get lastId(): string | undefined;
    unsubscribe(): Promise<void>;
    give(item: Item): void;
    giveGap(): void;
}
export declare class Delivery {
    #private;
    constructor(onError: ListenerErrorHandler, onRemove?: RemovalHandler);
    get closed(): boolean;
    get size(): number;
    count(topic: string): number;
    subscribe(topic: string, listener: HubListener, options: SubscribeOptions, replay?: Replay): Subscription;
    remove(subscription: LocalSubscription): Promise<void>;
    accept(item: Item): void;
    report(error: unknown, topic: string): void;
    close(): void;
}
export {};

// hub.d.ts
import type { HubMessage } from './hub-message.ts';
export type HubListener = (message: HubMessage, subscription: Subscription) => void;
export interface PresenceEvent {
    readonly type: 'join' | 'leave';
    readonly topic: string;
    readonly member: string;
    readonly time: number;
}
export interface PublishOptions {
    sender?: string | undefined;
}
export interface PublishedMessage {
    readonly topic: string;
    readonly id: string;
    readonly time: number;
}
export interface SubscribeOptions {
    since?: string | undefined;
    last?: number | undefined;
    onGap?: ((subscription: Subscription) => void) | undefined;
    onPresence?: ((event: PresenceEvent, subscription: Subscription) => void) | undefined;
}
export interface Subscription {
    readonly topic: string;
    readonly gap: boolean;
    readonly lastId: string | undefined;
    unsubscribe(): Promise<void>;
}
export interface Membership {
    readonly topic: string;
    readonly member: string;
    leave(): Promise<void>;
}
export interface Hub {
    publish(topic: string, message: string | Uint8Array, options?: PublishOptions): Promise<PublishedMessage>;
    subscribe(topic: string, listener: HubListener, options?: SubscribeOptions): Promise<Subscription>;
    join(topic: string, member: string): Promise<Membership>;
    members(topic: string): Promise<string[]>;
    count(topic: string): Promise<number>;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// hub-message.d.ts
export interface HubMessageFields {
    readonly topic: string;
    readonly id: string;
    readonly data: string | Buffer;
    readonly time: number;
    readonly sender?: string | undefined;
}
export declare class HubMessage {
    #private;
    readonly topic: string;
    readonly id: string;
    readonly data: string | Buffer;
    readonly time: number;
    readonly sender: string | undefined;
    constructor({ topic, id, data, time, sender }: HubMessageFields);
    encoding<T>(key: string | symbol | object, make: (message: HubMessage) => T): T;
}
export declare function ownPayload(data: string | Uint8Array): string | Buffer;

// message-log.d.ts
import { type HistoryLimits } from './history.ts';
import { HubMessage } from './hub-message.ts';
export interface MessageLogLimits extends HistoryLimits {
    readonly maxTopics: number;
    readonly maxTotalSize: number;
}
export interface Draft {
    readonly topic: string;
    readonly data: string | Buffer;
    readonly sender: string | undefined;
}
export interface Replay {
    readonly gap: boolean;
    readonly startId: string;
    readonly messages: readonly HubMessage[];
}
export declare class MessageLog {
    #private;
    constructor(limits: MessageLogLimits);
    append({ topic, data, sender }: Draft): HubMessage;
    read(topic: string, since: string | undefined, last: number): Replay;
    close(): void;
}

// history.d.ts
import type { HubMessage } from './hub-message.ts';
export interface HistoryLimits {
    readonly maxMessages: number;
    readonly maxSize: number;
    readonly maxAge: number;
}
export declare function messageSize({ data }: HubMessage): number;
export declare class TopicHistory {
    #private;
    constructor(limits: HistoryLimits, lastSequence: number);
    get lastSequence(): number;
    get startSequence(): number;
    get count(): number;
    get size(): number;
    append(message: HubMessage): void;
    trim(now: number): void;
    after(sequence: number): HubMessage[];
    clear(): void;
}

// errors.d.ts
export declare class HubOptionError extends TypeError {
    readonly code = "TYPHOON_OPTION";
}
export declare class HubInputError extends TypeError {
    readonly code = "TYPHOON_HUB_INPUT";
}
export declare class HubLimitError extends Error {
    readonly code = "TYPHOON_HUB_LIMIT";
    readonly limit: string;
    constructor(limit: string, max: number);
}
export declare class HubUnavailableError extends Error {
    readonly code = "TYPHOON_HUB_UNAVAILABLE";
    constructor(action: string, options?: ErrorOptions);
}
export declare class HubClosedError extends Error {
    readonly code = "TYPHOON_HUB_CLOSED";
    constructor(action: string, reason?: string);
}

// memory-hub.d.ts
import type { Hub, HubListener, Membership, PublishedMessage, PublishOptions, SubscribeOptions, Subscription } from './hub.ts';
import { type MemoryHubOptions } from './memory-hub-options.ts';
export declare class MemoryHub implements Hub {
    #private;
    constructor(options?: MemoryHubOptions);
    publish(topic: string, message: string | Uint8Array, { sender }?: PublishOptions): Promise<PublishedMessage>;
    subscribe(topic: string, listener: HubListener, options?: SubscribeOptions): Promise<Subscription>;
    join(topic: string, member: string): Promise<Membership>;
    members(topic: string): Promise<string[]>;
    count(topic: string): Promise<number>;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// message-id.d.ts
export interface MessageIdParts {
    readonly epoch: string;
    readonly sequence: string;
}
export declare function parseMessageId(id: string): MessageIdParts | undefined;
export declare function compareMessageIds(a: string, b: string): number;
export declare function idBefore(id: string): string;
export declare function newEpoch(): string;

// redis.d.ts
export { RedisHub } from './redis-hub.ts';
export type { RedisHubOptions } from './redis-hub-options.ts';

// redis-hub.d.ts
import type { Hub, HubListener, Membership, PublishedMessage, PublishOptions, SubscribeOptions, Subscription } from './hub.ts';
import { type RedisHubOptions } from './redis-hub-options.ts';
export declare class RedisHub implements Hub {
    #private;
    constructor(options: RedisHubOptions);
    publish(topic: string, message: string | Uint8Array, { sender }?: PublishOptions): Promise<PublishedMessage>;
    subscribe(topic: string, listener: HubListener, options?: SubscribeOptions): Promise<Subscription>;
    join(topic: string, member: string): Promise<Membership>;
    members(topic: string): Promise<string[]>;
    count(topic: string): Promise<number>;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// redis-hub-options.d.ts
import type { ListenerErrorHandler } from './delivery.ts';
export interface RedisHubOptions {
    url?: string | undefined;
    cluster?: readonly string[] | undefined;
    prefix?: string | undefined;
    maxHistoryMessages?: number | undefined;
    maxHistoryAge?: number | undefined;
    leaseTime?: number | undefined;
    requestTimeout?: number | undefined;
    maxSubscriptions?: number | undefined;
    maxMemberships?: number | undefined;
    onError?: ListenerErrorHandler | undefined;
}
export type ResolvedRedisHubOptions = {
    readonly [Name in keyof RedisHubOptions]-?: NonNullable<RedisHubOptions[Name]>;
};
export declare function resolveRedisHubOptions(given: RedisHubOptions): ResolvedRedisHubOptions;
