import { channel } from 'node:diagnostics_channel'
import http from 'node:http'

export const requestCreated = 'http.client.request.created'

type AddRequest = (this: http.Agent, request: unknown, ...rest: unknown[]) => unknown

let isTelling = false

/**
 * Has requests told of on the channel {@link requestCreated} when they are made and their headers not yet sent. Node
 * does so itself from 22.12 on; before, the agent is asked to, which every request is given to.
 */
export function tellOfRequests(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (isTelling || major > 22 || (major === 22 && minor >= 12)) return
  isTelling = true
  const prototype = http.Agent.prototype as unknown as { addRequest: AddRequest }
  const addRequest = prototype.addRequest
  const created = channel(requestCreated)
  prototype.addRequest = function (request, ...rest) {
    created.publish({ request })
    return addRequest.call(this, request, ...rest)
  }
}
