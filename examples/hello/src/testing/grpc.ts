import { once } from 'node:events'
import { connect } from 'node:http2'

/**
 * Calls SayHello with the bytes of a HelloRequest, and resolves with gRPC's status: `grpc-status` of the trailers
 * (gRPC over HTTP/2, "Responses").
 *
 * @param address host and port.
 */
export async function sayHelloStatus(address: string, request: Uint8Array): Promise<string> {
  const session = connect(`http://${address}`)
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/helloworld.Greeter/SayHello',
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    // A message is a flag for compression, a length of four bytes, and its bytes.
    stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, request.length]), request]))
    let status = ''
    for (const event of ['response', 'trailers'] as const)
      stream.on(event, (headers: Readonly<Record<string, unknown>>) => {
        status = String(headers['grpc-status'] ?? status)
      })
    stream.resume()
    await once(stream, 'close')
    return status
  } finally {
    session.close()
  }
}
