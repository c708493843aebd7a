import type { Pattern } from '@waybill/model'
import { matcherOf } from '@waybill/model'

/** What is done with a message; the conventions' messaging.operation.type. */
export type Operation = 'create' | 'send' | 'receive' | 'process' | 'settle'

/**
 * How a consumer's span is tied to the producer's: as its child (one trace from end to end), by a link from
 * a trace of its own, or both.
 */
export type Continuation = 'parent' | 'link' | 'both'

/** What to do about some messages. The first rule whose destination and operation match decides; the rest are not read. */
export interface MessageRule {
  /**
   * Which destinations, by what spans call them: Kafka's topic; RabbitMQ's `exchange:routing key` of a producer
   * and `exchange:routing key:queue` of a consumer. All where absent.
   */
  readonly destination?: Pattern
  /** Which operation; all where absent. */
  readonly operation?: Operation
  /** Makes no span. A context still travels: what was active when sending is active when processing. */
  readonly skip?: boolean
  /**
   * How many of the traces that start here are kept, from 0 to 1. Where a context came with the message, or a
   * span is active, its sender has decided, and this is not asked.
   */
  readonly sample?: number
  /** The span's whole name instead of the conventions' `<operation> <destination>`. */
  readonly name?: string
  /** A name for destinations that are made by the thousand, such as `reports.{id}`: the span is named by it. */
  readonly template?: string
  /** For `process`: how consumers continue, where it differs from the option of this name. */
  readonly continue?: Continuation
  /**
   * For `process`: the span name of a traced function whose failure is the message's, even though the handler
   * deals with the error and does not throw. Throwing is failure in any case.
   */
  readonly failsWith?: string
}

/** The first of the rules that matches, asked once for each operation on each destination. */
export type Rulebook = (operation: Operation, destination: string) => MessageRule | undefined

/** Prepares rules for asking. */
export function rulebook(rules: readonly MessageRule[] = []): Rulebook {
  const tests = rules.map(rule => ({
    rule,
    matches: rule.destination === undefined ? undefined : matcherOf(rule.destination),
  }))
  return (operation, destination) =>
    tests.find(
      ({ rule, matches }) =>
        (rule.operation === undefined || rule.operation === operation) && (matches?.(destination) ?? true),
    )?.rule
}
