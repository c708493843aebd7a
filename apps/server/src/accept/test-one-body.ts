import { sampleRequest } from '../spool/sample-request.ts'
import { ExaminingThread } from './examining-thread.ts'

/* For tests: a program that has one body examined in the thread, and then has nothing more to do. */
const examined = await new ExaminingThread().examine({
  body: sampleRequest(['a']),
  format: 'otlp_proto',
  arrivedMicros: 0,
  maxSpanBytes: 1e6,
})
process.stdout.write(`sound: ${examined.isSound}\n`)
