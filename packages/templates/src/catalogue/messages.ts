/** What one catalogue file says, however it was written. */
export interface Messages {
  /** The translation, or undefined where there is none; `pluralMessage` and `count` come together. */
  find(message: string, pluralMessage?: string, count?: number, context?: string): string | undefined
}
