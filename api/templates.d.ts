// @typhoon/templates: made by scripts/api-report.mjs, not by hand

// index.d.ts
export { CatalogueError } from './catalogue/catalogue-error.ts';
export type { FormatDateOptions, FormatDayOptions } from './catalogue/date-format.ts';
export { type LoadOptions, loadGettextTranslations, loadTranslations } from './catalogue/load.ts';
export type { TranslatedLocale } from './catalogue/locale.ts';
export type { Translations } from './catalogue/translations.ts';
export { Component, type ComponentClass, type ComponentContext } from './component.ts';
export { type LinkifyOptions, linkify } from './linkify.ts';
export { TemplateError } from './template-error.ts';
export { Templates, type TemplatesOptions } from './templates.ts';

// catalogue/catalogue-error.d.ts
export declare class CatalogueError extends Error {
    readonly code = "TYPHOON_CATALOGUE";
    readonly file: string;
    readonly line: number | undefined;
    constructor(file: string, line: number | undefined, problem: string, options?: ErrorOptions);
}

// catalogue/date-format.d.ts
import type { Formatters } from './formatters.ts';
export interface FormatDateOptions {
    relative?: boolean;
    shorter?: boolean;
    fullFormat?: boolean;
    timeZone?: string;
    now?: Date | number;
}
export interface FormatDayOptions {
    weekday?: boolean;
    timeZone?: string;
}
export declare function formatDate(formatters: Formatters, date: Date | number, options?: FormatDateOptions): string;
export declare function formatDay(formatters: Formatters, date: Date | number, options?: FormatDayOptions): string;

// catalogue/formatters.d.ts
export declare class Formatters {
    #private;
    constructor(code: string);
    number(options: Intl.NumberFormatOptions): Intl.NumberFormat;
    date(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat;
    list(type: 'conjunction' | 'unit'): Intl.ListFormat;
    relative(): Intl.RelativeTimeFormat;
}

// catalogue/load.d.ts
import { Translations } from './translations.ts';
export interface LoadOptions {
    defaultLocale?: string;
}
export declare function loadTranslations(directory: string | URL, options?: LoadOptions): Promise<Translations>;
export declare function loadGettextTranslations(directory: string | URL, domain: string, options?: LoadOptions): Promise<Translations>;

// catalogue/translations.d.ts
import type { LocaleCatalogue } from '@typhoon/core';
import { TranslatedLocale } from './locale.ts';
import type { Messages } from './messages.ts';
export declare class Translations implements LocaleCatalogue {
    #private;
    readonly defaultLocale: TranslatedLocale;
    constructor(catalogues: ReadonlyMap<string, Messages>, defaultCode: string);
    get codes(): string[];
    closest(codes: readonly string[]): TranslatedLocale;
    get(code: string): TranslatedLocale | undefined;
}

// catalogue/locale.d.ts
import type { Locale } from '@typhoon/core';
import { type FormatDateOptions, type FormatDayOptions } from './date-format.ts';
import type { Messages } from './messages.ts';
export declare class TranslatedLocale implements Locale {
    #private;
    readonly code: string;
    readonly name: string;
    readonly dir: 'ltr' | 'rtl';
    constructor(code: string, catalogues: readonly Messages[]);
    translate(message: string, pluralMessage?: string, count?: number): string;
    pgettext(context: string, message: string, pluralMessage?: string, count?: number): string;
    formatDate(date: Date | number, options?: FormatDateOptions): string;
    formatDay(date: Date | number, options?: FormatDayOptions): string;
    formatNumber(value: number, options?: Intl.NumberFormatOptions): string;
    list(parts: readonly string[]): string;
}

// catalogue/messages.d.ts
export interface Messages {
    find(message: string, pluralMessage?: string, count?: number, context?: string): string | undefined;
}

// component.d.ts
import type { TemplateNamespace } from '@typhoon/core';
export interface ComponentContext {
    readonly namespace: TemplateNamespace;
    renderString(name: string, data?: object): string | Promise<string>;
}
export type ComponentClass = new (context: ComponentContext) => Component;
export declare abstract class Component {
    #private;
    constructor(context: ComponentContext);
    get namespace(): TemplateNamespace;
    abstract render(...args: unknown[]): string | Promise<string>;
    renderString(name: string, data?: object): string | Promise<string>;
    css(): string | undefined;
    cssFiles(): readonly string[];
    js(): string | undefined;
    jsFiles(): readonly string[];
    htmlHead(): string | undefined;
    htmlBody(): string | undefined;
}

// linkify.d.ts
export interface LinkifyOptions {
    shorten?: boolean;
    attributes?: Readonly<Record<string, string>> | ((href: string) => Readonly<Record<string, string>>);
    requireScheme?: boolean;
    schemes?: readonly string[];
}
export declare function linkify(text: string, options?: LinkifyOptions): string;

// template-error.d.ts
export interface TemplatePosition {
    readonly line: number;
    readonly column: number;
}
interface TemplateErrorDetails {
    readonly template: string;
    readonly file?: string | undefined;
    readonly position?: TemplatePosition | undefined;
    readonly source?: string | undefined;
    readonly verbose?: boolean;
    readonly cause?: unknown;
}
export declare class TemplateError extends Error {
    readonly code = "TYPHOON_TEMPLATE";
    readonly template: string;
    readonly file: string | undefined;
    readonly line: number | undefined;
    readonly column: number | undefined;
    readonly excerpt: string | undefined;
    constructor(message: string, details: TemplateErrorDetails);
}
export {};

// templates.d.ts
import { type TemplateEngine, type TemplateNamespace } from '@typhoon/core';
import type { ComponentClass } from './component.ts';
export interface TemplatesOptions {
    reload?: boolean;
    autoescape?: boolean;
    components?: Readonly<Record<string, ComponentClass>>;
    extension?: string;
}
export declare class Templates implements TemplateEngine {
    #private;
    constructor(directory: string | URL, options?: TemplatesOptions);
    render(name: string, namespace: TemplateNamespace): string | Promise<string>;
    renderString(source: string, namespace: TemplateNamespace): string | Promise<string>;
}
