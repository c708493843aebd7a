import { servePage } from './page/server.ts'
import { startHello } from './start.ts'

/*
 * The example as a program. It needs something that takes Jaeger's spans, such as Waybill
 * (OTEL_EXPORTER_JAEGER_ENDPOINT, OTEL_EXPORTER_JAEGER_AGENT_HOST and _PORT, WAYBILL_URL); `npm start -- hello` at the
 * root of the repository brings it. The page is on PORT, the services where the article has them; all on free ports
 * where PORT is 0.
 */
async function main(): Promise<void> {
  const { env } = process
  const port = Number(env['PORT'] ?? 8084)
  const signalled = new Promise<undefined>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve(undefined))
  })
  const hello = await startHello({
    jaegerEndpoint: env['OTEL_EXPORTER_JAEGER_ENDPOINT'] ?? 'http://127.0.0.1:14268/api/traces',
    jaegerAgent: {
      host: env['OTEL_EXPORTER_JAEGER_AGENT_HOST'] ?? '127.0.0.1',
      port: env['OTEL_EXPORTER_JAEGER_AGENT_PORT'] ?? '6831',
    },
    ...(port === 0 ? {} : { ports: [12345, 12346, 8083] as const }),
    onLine: line => console.log(line),
  })
  const page = servePage(hello, env['WAYBILL_URL'] ?? 'http://127.0.0.1:16686')
  try {
    const url = await page.listen({ port, host: '127.0.0.1' })
    for (const { name, reason } of hello.leftOut) console.log(`! ${name} is left out: ${reason}`)
    console.log(`gotest        ${hello.urls.gotest}/hello, gRPC at ${hello.grpc}`)
    console.log(`flask_sample  ${hello.urls.flask_sample}/hello`)
    console.log(`ready  ${url}`)
    const failure = await Promise.race([signalled, hello.ended])
    if (failure !== undefined) throw new Error(failure)
  } finally {
    await page.close()
    await hello.stop()
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  },
)
