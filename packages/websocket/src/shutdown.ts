/** Closes sockets a batch at a time, so that thousands of clients do not all come back in the same moment. */

const BATCH = 100 // sockets closed in one turn of the event loop

const waiting: Set<() => void> = new Set()

/** @returns takes the call back */
export function closeInTurn(close: () => void): () => void {
  if (waiting.size === 0) setImmediate(closeBatch)
  waiting.add(close)
  return () => waiting.delete(close)
}

function closeBatch(): void {
  let rest = BATCH
  for (const close of waiting) {
    if (rest-- === 0) break
    waiting.delete(close)
    close()
  }
  if (waiting.size > 0) setImmediate(closeBatch)
}
