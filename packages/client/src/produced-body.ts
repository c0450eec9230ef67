/** A body that a function writes, as something that can be read: `write()` settles when the chunk has been taken. */

/** Writes a body chunk by chunk; waiting for `write()` keeps memory small. */
export type BodyProducer = (write: (chunk: Uint8Array | string) => Promise<void>) => void | Promise<void>

interface Written {
  readonly chunk: Uint8Array | string
  readonly taken: () => void
  readonly refused: (error: Error) => void
}

/** Runs `producer` when the first chunk is asked for; what it throws ends the body with that error. */
export async function* produced(producer: BodyProducer): AsyncGenerator<Uint8Array | string, void, void> {
  const written: Written[] = []
  let wake: () => void = () => {}
  let ended = false
  const write = (chunk: Uint8Array | string) =>
    new Promise<void>((taken, refused) => {
      if (ended) return refused(new Error('write() after the end of the body'))
      written.push({ chunk, taken, refused })
      wake()
    })
  let done = false
  let failure: { readonly error: unknown } | undefined
  const run = async () => producer(write)
  void run()
    .catch((error: unknown) => {
      failure = { error }
    })
    .finally(() => {
      done = true
      wake()
    })
  try {
    for (;;) {
      const next = written.shift()
      if (next !== undefined) {
        yield next.chunk
        next.taken()
      } else if (done) {
        break
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
    if (failure !== undefined) throw failure.error
  } finally {
    ended = true
    for (const { refused } of written) refused(new Error('the request ended before its body'))
  }
}
