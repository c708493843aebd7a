import type { handleServerStreamingCall, handleUnaryCall, ServerWritableStream } from '@grpc/grpc-js'
import { status } from '@grpc/grpc-js'
import type { ErrorCode } from '@waybill/model'
import type { ErrorLog } from '../error-reply.ts'
import { asWaybillError, logUnforeseen } from '../error-reply.ts'

/** What is not here is the fault of the request. */
const codes: Readonly<Partial<Record<ErrorCode, status>>> = {
  NOT_FOUND: status.NOT_FOUND,
  SHUTTING_DOWN: status.UNAVAILABLE,
  INTERNAL: status.INTERNAL,
}

/** Answers calls that have one answer. Errors leave with the code that gRPC has for them. */
export function answering<Request>(
  log: ErrorLog,
  method: string,
  answer: (request: Request) => Promise<object>,
): handleUnaryCall<Request, object> {
  return ({ request }, callback) => {
    answer(request).then(
      message => callback(null, message),
      (error: unknown) => callback(failure(log, method, error)),
    )
  }
}

/** Answers calls with a stream of messages, which are made as fast as the client takes them and no longer than it listens. */
export function streaming<Request>(
  log: ErrorLog,
  method: string,
  answer: (request: Request) => AsyncIterable<object>,
): handleServerStreamingCall<Request, object> {
  return async call => {
    try {
      for await (const message of answer(call.request)) {
        if (!call.write(message)) await drained(call)
        if (call.cancelled) return
      }
      call.end()
    } catch (error) {
      call.emit('error', failure(log, method, error))
    }
  }
}

/** Waits until the client has taken what was written, or is gone. */
function drained(call: ServerWritableStream<unknown, object>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (call.cancelled) resolve()
  call.once('drain', resolve)
  call.once('cancelled', resolve)
  return promise.finally(() => {
    call.off('drain', resolve)
    call.off('cancelled', resolve)
  })
}

function failure(log: ErrorLog, method: string, thrown: unknown): { code: status; details: string } {
  const error = asWaybillError(thrown)
  logUnforeseen(log, error, method)
  return { code: codes[error.code] ?? status.INVALID_ARGUMENT, details: error.message.toWellFormed() }
}
