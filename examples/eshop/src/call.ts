/** A service that another one needs did not do its part. */
export class CallFailed extends Error {}

const boundMs = 10_000

/** Posts JSON to a service. Throws CallFailed unless it answers with success within ten seconds. */
export async function call(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(boundMs),
  }).catch((error: Error) => {
    throw new CallFailed(`${new URL(url).pathname} cannot be reached: ${error.message}`, { cause: error })
  })
  await response.text()
  if (!response.ok) throw new CallFailed(`${new URL(url).pathname} answers ${response.status}`)
}
