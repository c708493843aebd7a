import { startInstrumentation } from './start/start.ts'

// Zero-code start: `node --import @waybill/instrument/register app.js`.
startInstrumentation()
