import type { InstrumentConfig } from '@waybill/instrument'

/**
 * How the services beside this file are traced (WAYBILL_INSTRUMENT_CONFIG). Without it they would be traced as
 * well, under the names of the conventions: `POST`, `send report`, `process report`.
 */
export const config: InstrumentConfig = {
  requests: {
    // The page learns from the answer which trace to link to.
    traceResponse: true,
    rules: [
      { path: '/api/report', name: 'report_request', route: '/api/report' },
      { path: '*', skip: true },
    ],
  },
  messages: {
    rules: [
      // One topic a report: the context travels on, but each change of status is no step of its own.
      { destination: 'reports.*', skip: true },
      { operation: 'send', name: 'report_producer' },
      { operation: 'process', name: 'report_consumer', failsWith: 'handle_report' },
    ],
  },
  functions: [
    { module: 'src/work.ts', function: 'handleReport', name: 'handle_report' },
    { module: 'src/work.ts', function: 'doWork', name: 'doWork:{0}' },
  ],
}
