import { buffer } from 'node:stream/consumers'
import { WaybillError } from '@waybill/model'
import { transform } from './transform.ts'
import { prettyArgument, refusedExitCode } from './transform-process.ts'

/*
 * A program of its own: a body of `POST /api/transform` on stdin, its answer on stdout. See transform-process.ts.
 */
const body = await buffer(process.stdin)
try {
  process.stdout.write(transform(body, process.argv.includes(prettyArgument)))
} catch (error) {
  if (!(error instanceof WaybillError)) throw error
  process.stdout.write(JSON.stringify({ code: error.code, message: error.message }))
  process.exitCode = refusedExitCode
}
