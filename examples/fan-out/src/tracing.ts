import type { InstrumentConfig } from '@waybill/instrument'

/**
 * How the services are traced (WAYBILL_INSTRUMENT_CONFIG): under the names that Brave gives. Requests have no spans, so
 * that each record starts a trace; records that carry no context are in the trace of the batch they came with.
 */
export const config: InstrumentConfig = {
  messages: {
    polls: 'shared',
    formats: ['b3'],
    rules: [
      { operation: 'send', name: 'send' },
      { operation: 'receive', name: 'poll batch' },
      { operation: 'process', name: 'poll' },
    ],
  },
  requests: false,
}
