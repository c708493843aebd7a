import type { InstrumentConfig } from '@waybill/instrument'

export const config: InstrumentConfig = {
  requests: {
    traceResponse: true,
    rules: [
      { method: 'POST', path: '/messages', route: '/messages' },
      { path: '*', skip: true },
    ],
  },
}
