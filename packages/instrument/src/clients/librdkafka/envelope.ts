import type { Context } from '@opentelemetry/api'
import type { Sending } from '../../send.ts'

/**
 * What we give librdkafka as a message's `opaque`, which comes back with the delivery report. The application's own
 * is in it, and is put back before anybody sees the report.
 */
export class Envelope {
  readonly opaque: unknown
  readonly sending: Sending
  /** What was active where the message was produced. */
  readonly sender: Context

  constructor(opaque: unknown, sending: Sending, sender: Context) {
    this.opaque = opaque
    this.sending = sending
    this.sender = sender
  }
}

/** The `opaque` of a message on its way through a write stream, which produces it later and elsewhere. */
export class Written {
  readonly opaque: unknown
  readonly writer: Context

  constructor(opaque: unknown, writer: Context) {
    this.opaque = opaque
    this.writer = writer
  }
}
