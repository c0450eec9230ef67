/**
 * Answers for files in memory that were worked out before: what a plain request is told about a file depends on the file,
 * its siblings and Accept-Encoding alone.
 *
 * Each is good for a short time only, within which nobody would ask the disk anyway, and all are forgotten when anything
 * in memory changes: they keep nothing alive that the caches have let go of.
 */
import type { AnswerFields } from './answer-fields.ts'
import type { FoundFile } from './file-store.ts'
import type { Representation } from './representation.ts'

export interface ReadyAnswer {
  /** Below the root, as it was asked for. */
  readonly path: string
  readonly file: FoundFile
  readonly representation: Representation
  readonly fields: AnswerFields
}

interface Kept extends ReadyAnswer {
  /** On the clock of `performance.now()`. */
  readonly goodUntil: number
}

const MAX_ANSWERS = 1000
const MAX_FIELD_LENGTH = 200 // of Accept-Encoding; longer ones are not from browsers

export class ReadyAnswers {
  readonly #answers: Map<string, Kept> = new Map()
  readonly #lifetime: number

  /** @param lifetime - in milliseconds, from the last question to the disk; 0 keeps nothing */
  constructor(lifetime: number) {
    this.#lifetime = lifetime
  }

  get(path: string, acceptEncoding: string | undefined): ReadyAnswer | undefined {
    const answer = this.#answers.get(keyOf(path, acceptEncoding))
    return answer !== undefined && answer.path === path && performance.now() < answer.goodUntil ? answer : undefined
  }

  /** @param checkedAt - when the disk was last asked about any of what the answer says */
  set(answer: ReadyAnswer, acceptEncoding: string | undefined, checkedAt: number): void {
    const goodUntil = checkedAt + this.#lifetime
    if (performance.now() >= goodUntil || (acceptEncoding ?? '').length > MAX_FIELD_LENGTH) return
    if (this.#answers.size >= MAX_ANSWERS) this.#answers.clear()
    this.#answers.set(keyOf(answer.path, acceptEncoding), { ...answer, goodUntil })
  }

  clear(): void {
    this.#answers.clear()
  }
}

function keyOf(path: string, acceptEncoding: string | undefined): string {
  return acceptEncoding === undefined ? path : `${path}\0${acceptEncoding}`
}
