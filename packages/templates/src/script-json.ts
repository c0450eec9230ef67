/**
 * JSON that may stand inside a `<script>` element: no character in it can end the element or begin a comment.
 *
 * `undefined`, which JSON has no word for, becomes `null`.
 */
export function scriptJSON(value: unknown): string {
  const json: string | undefined = JSON.stringify(value) // the declared type leaves out the undefined it returns
  return (json ?? 'null').replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
