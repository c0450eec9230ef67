/** Which params a string pattern gives, as the compiler reads path-to-regexp's syntax. */
import type { PathParams } from '@typhoon/core'
import { type Equal, expectType } from './expect-type.ts'

expectType<Equal<PathParams<'/about'>, Record<never, never>>>()
expectType<Equal<PathParams<'/user/:id'>, { id: string }>>()
expectType<Equal<PathParams<'/:a-:b.:c_d/x'>, { a: string; b: string; c_d: string }>>()
expectType<Equal<PathParams<'/files/*path'>, { path: string[] }>>()
expectType<Equal<PathParams<'/user/:id/*rest{/:opt}'>, { id: string; rest: string[]; opt?: string }>>()
expectType<Equal<PathParams<'/a{/:b{/*c}}/:d'>, { d: string; b?: string; c?: string[] }>>()
expectType<Equal<PathParams<'/a{/b}'>, Record<never, never>>>()
expectType<Equal<PathParams<'/\\:no/:yes'>, { yes: string }>>()
expectType<Equal<PathParams<'/:"two words"/x'>, { 'two words': string }>>()
expectType<Equal<PathParams<'/:größe$1/x'>, { größe$1: string }>>()
expectType<Equal<PathParams<string>, { [name: string]: string | string[] }>>()
