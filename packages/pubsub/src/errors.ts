/** A setting of a hub that cannot be used: its name, the rule it breaks and the value given are in the message. */
export class HubOptionError extends TypeError {
  static {
    this.prototype.name = 'HubOptionError'
  }
  readonly code = 'TYPHOON_OPTION'
}

/** A topic, message, member or sender that no hub accepts; nothing was published, subscribed or joined. */
export class HubInputError extends TypeError {
  static {
    this.prototype.name = 'HubInputError'
  }
  readonly code = 'TYPHOON_HUB_INPUT'
}

/** One more subscription or member would cross a limit of the hub, which `limit` names. */
export class HubLimitError extends Error {
  static {
    this.prototype.name = 'HubLimitError'
  }
  readonly code = 'TYPHOON_HUB_LIMIT'
  readonly limit: string

  constructor(limit: string, max: number) {
    super(`the hub is full: ${limit} is ${max}`)
    this.limit = limit
  }
}

/** The hub does not reach its server at present; whether a message that was being published is kept is not known. */
export class HubUnavailableError extends Error {
  static {
    this.prototype.name = 'HubUnavailableError'
  }
  readonly code = 'TYPHOON_HUB_UNAVAILABLE'

  constructor(action: string, options?: ErrorOptions) {
    super(`${action}: the server of the hub cannot be reached`, options)
  }
}

/** The hub was used after `close()`, or after it lost the process that keeps the topics. */
export class HubClosedError extends Error {
  static {
    this.prototype.name = 'HubClosedError'
  }
  readonly code = 'TYPHOON_HUB_CLOSED'

  constructor(action: string, reason = 'the hub is closed') {
    super(`${action}: ${reason}`)
  }
}
