/** One request of the conformance suite, and what its answer must be. */
import type { RawResponse } from './raw-request.ts'

/** What a server said about `hello.txt`, for requests with conditions. */
export interface KnownValidators {
  readonly etag: string
  readonly lastModified: string
}

/** Features that a server may lack; cases that need one can be left out by name. */
type Feature = 'index' | 'precompressed' | 'multipart' | 'strong-etag' | 'links' | 'nosniff'

export interface ConformanceCase {
  /** What is asked and why the answer is right. */
  readonly title: string
  /** @defaultValue GET */
  readonly method?: string
  /** Path below the served root, as it goes onto the wire. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>> | ((known: KnownValidators) => Readonly<Record<string, string>>)
  readonly status: number | readonly number[]
  /** Each field must equal the text, match the expression, or be absent for undefined. */
  readonly fields?: Readonly<Record<string, string | RegExp | undefined>>
  readonly body?: string | Buffer | ((response: RawResponse) => void)
  readonly needs?: Feature
}

/** For paths that lead to nothing that may be served: which of the two says less is the server's choice. */
export const REFUSED: readonly number[] = [400, 403, 404]
