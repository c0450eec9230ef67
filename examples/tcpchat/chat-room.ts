import type { IOStream } from '@typhoon/tcp'

/** Everyone who is present, by name in lower case. */
export class ChatRoom {
  readonly #members: Map<string, { name: string; stream: IOStream }> = new Map()

  /** @returns false if someone has the name */
  join(name: string, stream: IOStream): boolean {
    const key = name.toLowerCase()
    if (this.#members.has(key)) return false
    this.#members.set(key, { name, stream })
    this.#tell(`* ${name} is here`)
    return true
  }

  leave(name: string): void {
    if (this.#members.delete(name.toLowerCase())) this.#tell(`* ${name} has left`)
  }

  say(name: string, text: string): void {
    this.#tell(`<${name}> ${text}`)
  }

  names(): string[] {
    return [...this.#members.values()].map(({ name }) => name).toSorted()
  }

  /** Nobody waits for a slow reader: when the lines that are on their way to it reach `maxWriteBufferSize`, it is dropped. */
  #tell(line: string): void {
    for (const { stream } of this.#members.values()) {
      stream.write(`${line}\n`).catch((error: Error) => stream.close(error))
    }
  }
}
