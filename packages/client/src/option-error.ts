/** An option that cannot be used: its name, the rule it breaks and the value that was given are in the message. */
export class HTTPClientOptionError extends TypeError {
  static {
    this.prototype.name = 'HTTPClientOptionError'
  }
  readonly code = 'TYPHOON_OPTION'
}
