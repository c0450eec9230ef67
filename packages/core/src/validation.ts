import type { StandardSchemaV1 } from '@standard-schema/spec'
import { HTTPError } from './errors.ts'

/** A validator of any library that follows Standard Schema, such as Zod, Valibot or ArkType. */
export interface Schema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

type SchemaResult<Output> = StandardSchemaV1.Result<Output>

/** One thing that is wrong with the input, and where. */
export interface ValidationIssue {
  readonly message: string
  /** Keys and indexes from the root of the input to the value at fault. */
  readonly path: readonly (string | number)[]
}

/** Which part of a request was checked. */
export type ValidatedPart = 'body' | 'query' | 'path'

/** A 400 for input that its schema refuses; the client is told every issue with its path (RFC 9457). */
export class ValidationError extends HTTPError {
  static {
    this.prototype.name = 'ValidationError'
  }
  readonly issues: readonly ValidationIssue[]

  constructor(part: ValidatedPart, issues: readonly ValidationIssue[]) {
    super(400, `invalid ${part}: ${issues.map(describeIssue).join('; ')}`)
    this.issues = issues
  }
}

/**
 * The value as the schema gives it back.
 *
 * @throws {@link ValidationError} with all issues
 */
export async function validate<Output>(schema: Schema<Output>, part: ValidatedPart, input: unknown): Promise<Output> {
  const result = await schema['~standard'].validate(input)
  if (result.issues === undefined) return result.value
  throw new ValidationError(
    part,
    result.issues.map(({ message, path }) => ({ message, path: (path ?? []).map(plainKey) })),
  )
}

/** An argument that came once is its text, one that came several times the list. */
export function argumentObject(
  args: ReadonlyMap<string, readonly string[]>,
): Record<string, string | readonly string[]> {
  // fromEntries defines own properties, so that a field called __proto__ is data like any other
  return Object.fromEntries(
    [...args].map(([name, values]) => [name, values.length === 1 ? (values[0] as string) : values]),
  )
}

function plainKey(segment: PropertyKey | { readonly key: PropertyKey }): string | number {
  const key = typeof segment === 'object' ? segment.key : segment
  return typeof key === 'number' ? key : String(key)
}

function describeIssue({ message, path }: ValidationIssue): string {
  return path.length === 0 ? message : `${path.join('.')}: ${message}`
}
