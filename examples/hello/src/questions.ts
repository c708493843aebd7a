import type { ServiceName } from './services.ts'
import type { RunningHello } from './start.ts'

/** What the page offers to ask the services. */
export interface Question {
  readonly id: string
  readonly title: string
  readonly service: ServiceName
  readonly path: string
}

export const questions: readonly Question[] = [
  { id: 'flask', title: 'Ask flask_sample', service: 'flask_sample', path: '/hello?name=world' },
  { id: 'go', title: 'Ask gotest', service: 'gotest', path: '/hello?name=world' },
  { id: 'model', title: "Tell OpenTracing's model", service: 'gotest', path: '/model?customer=ada' },
  { id: 'nobody', title: 'Greet nobody', service: 'flask_sample', path: '/hello?name=' },
]

export interface Answered {
  readonly httpStatus: number
  /** What the service said, in one line. */
  readonly text: string
  /** The empty text where there is no trace. */
  readonly traceId: string
}

/** Asks a service, and tells why where it does not run. */
export async function ask(hello: RunningHello, { service, path }: Question): Promise<Answered> {
  const leftOut = hello.leftOut.find(({ name }) => name === service)
  if (leftOut !== undefined)
    return { httpStatus: 503, text: `${service} is left out: ${leftOut.reason}`, traceId: '' }
  const response = await fetch(`${hello.urls[service]}${path}`)
  const { traceId = '', ...rest } = (await response.json()) as { readonly traceId?: string }
  const text = Object.entries(rest).map(([name, value]) => `${name}: ${value}`)
  return { httpStatus: response.status, text: text.join(', '), traceId }
}
