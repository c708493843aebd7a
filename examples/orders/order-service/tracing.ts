import type { InstrumentConfig } from '@waybill/instrument'
import { readSettings } from './settings.ts'

/** Where the service propagates by hand, the instrumentation leaves its messages alone: it would mend what is wrong. */
export const config: InstrumentConfig = {
  messages: readSettings().propagation === 'instrumentation' ? {} : false,
  requests: {
    // Whoever orders learns which trace to look at.
    traceResponse: true,
    rules: [
      { method: 'POST', path: '/orders', route: '/orders' },
      { path: '*', skip: true },
    ],
  },
}
