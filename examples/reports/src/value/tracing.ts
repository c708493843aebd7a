import type { InstrumentConfig } from '@waybill/instrument'

/** The services beside this file make their spans themselves; all they are given is where the spans go. */
export const config: InstrumentConfig = { messages: false, requests: false }
