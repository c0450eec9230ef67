import { RequestHandler } from '../request-handler.ts'

/** Answers `OPTIONS *`, which is about the server as a whole (RFC 9110 §9.3.7): it is there, and that is all it says. */
export class ServerOptionsHandler extends RequestHandler {
  override options(): void {
    this.setStatus(204)
  }
}
