import type { Pattern } from './pattern.ts'
import { matcherOf } from './pattern.ts'

/** What is done with a message; the conventions' messaging.operation.type. */
export type Operation = 'send' | 'receive' | 'process'

/** What to do about some messages. The first rule whose topic and operation match decides; the rest are not read. */
export interface MessageRule {
  /** Which topics; all where absent. */
  readonly topic?: Pattern
  /** Which operation; all where absent. */
  readonly operation?: Operation
  /** Makes no span. A context still travels: what was active when sending is active when processing. */
  readonly skip?: boolean
  /** The span's whole name instead of the conventions' `<operation> <topic>`. */
  readonly name?: string
  /** A name for topics that are made by the thousand, such as `reports.{id}`: the span is named by it. */
  readonly template?: string
  /**
   * For `process`: the span name of a traced function whose failure is the message's, even though the handler
   * deals with the error and does not throw. Throwing is failure in any case.
   */
  readonly failsWith?: string
}

/** What the rules say about one operation on one topic. */
export interface Ruling {
  readonly skip: boolean
  readonly spanName: string
  readonly template: string | undefined
  readonly failsWith: string | undefined
}

export type Rulebook = (operation: Operation, topic: string) => Ruling

const operationNames = { send: 'send', receive: 'poll', process: 'process' } as const
const maxRemembered = 1000

/** The conventions' messaging.operation.name for Kafka (1.44, "poll" for a receive). */
export function operationName(operation: Operation): 'send' | 'poll' | 'process' {
  return operationNames[operation]
}

/**
 * Prepares rules for asking them once a message: rulings are remembered by operation and topic, and forgotten
 * when topics keep coming.
 */
export function rulebook(rules: readonly MessageRule[] = []): Rulebook {
  const tests = rules.map(rule => ({
    rule,
    topicMatches: rule.topic === undefined ? undefined : matcherOf(rule.topic),
  }))
  const remembered = {
    send: new Map<string, Ruling>(),
    receive: new Map<string, Ruling>(),
    process: new Map<string, Ruling>(),
  }
  return (operation, topic) => {
    const rulings = remembered[operation]
    const known = rulings.get(topic)
    if (known !== undefined) return known
    const match = tests.find(
      ({ rule, topicMatches }) =>
        (rule.operation === undefined || rule.operation === operation) && (topicMatches?.(topic) ?? true),
    )
    const ruling = rulingOf(operation, topic, match?.rule)
    if (rulings.size >= maxRemembered) rulings.clear()
    rulings.set(topic, ruling)
    return ruling
  }
}

function rulingOf(operation: Operation, topic: string, rule: MessageRule | undefined): Ruling {
  const template = rule?.template
  return {
    skip: rule?.skip ?? false,
    spanName: rule?.name ?? `${operationName(operation)} ${template ?? topic}`,
    template,
    failsWith: rule?.failsWith,
  }
}
