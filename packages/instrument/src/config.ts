import type { RequestOptions } from './clients/http/rules.ts'
import type { FunctionRule } from './start/functions.ts'
import type { MessagingOptions } from './tracing.ts'

/**
 * What zero-code start shall do, as the `config` that the module named by WAYBILL_INSTRUMENT_CONFIG exports (or
 * as that JSON file). Everything is optional; without it, messages and requests are traced by the conventions.
 */
export interface InstrumentConfig {
  /** Spans of messages; `false` for none. */
  readonly messages?: MessagingOptions | false
  /** Spans of requests that servers of this process receive; `false` for none. */
  readonly requests?: RequestOptions | false
  /** Spans of requests that this process makes, by `fetch` or `http.request`; `false` for none. */
  readonly calls?: Pick<RequestOptions, 'rules'> | false
  /** Spans of the application's own functions. */
  readonly functions?: readonly FunctionRule[]
}
