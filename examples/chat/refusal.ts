/** What somebody asked for cannot be done; unlike that of an `HTTPError`, the message is shown to that person. */
export class Refusal extends Error {
  static {
    this.prototype.name = 'Refusal'
  }
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
