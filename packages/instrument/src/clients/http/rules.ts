import type { Pattern } from '@waybill/model'
import { matcherOf } from '@waybill/model'

/** What to do about some requests. The first rule whose method and path match decides. */
export interface RequestRule {
  readonly method?: string
  /** The path without the query; all where absent. */
  readonly path?: Pattern
  /** Makes no span. A context that the request carries is active nevertheless. */
  readonly skip?: boolean
  /** The span's whole name instead of the conventions' `<method> <route>`. */
  readonly name?: string
  /** The route that the path is an instance of, such as `/reports/{id}`. */
  readonly route?: string
}

export interface RequestOptions {
  readonly rules?: readonly RequestRule[]
  /**
   * Answers with a `traceresponse` header (W3C Trace Context Level 2), so that a page can link to the trace of
   * the request it made. Off by default: it tells every client the trace's id.
   */
  readonly traceResponse?: boolean
}

/** What a request's span is called: what its rule says, else its method as a span says it, and the rule's route. */
export function nameOf(method: string, rule: RequestRule | undefined): string {
  if (rule?.name !== undefined) return rule.name
  return rule?.route === undefined ? method : `${method} ${rule.route}`
}

/** Prepares rules for asking them once a request. */
export function requestRules(rules: readonly RequestRule[] = []): RuleOf {
  const tests = rules.map(rule => ({
    rule,
    pathMatches: rule.path === undefined ? undefined : matcherOf(rule.path),
  }))
  return (method, path) =>
    tests.find(
      ({ rule, pathMatches }) =>
        (rule.method === undefined || rule.method === method) && (pathMatches?.(path) ?? true),
    )?.rule
}

export type RuleOf = (method: string, path: string) => RequestRule | undefined
