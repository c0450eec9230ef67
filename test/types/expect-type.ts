/** True when the two types are the same, not only assignable to each other. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** A line in a type test: `expectType<Equal<A, B>>()` compiles only when it holds. */
export function expectType<_Holds extends true>(): void {}
