import { WaybillError } from '@waybill/model'
import { z } from 'zod'

const scalar = z.union([z.string(), z.number(), z.boolean()])
/** Checked and kept as it is: what zod makes of it lacks a key such as `__proto__`. */
const scalars = z.custom<Readonly<Record<string, string | number | boolean>>>(
  value =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every(item => scalar.safeParse(item).success),
)
const bodySchema = z.object({
  query: z.record(z.string(), z.union([scalar, scalars, z.null()])).nullish(),
})

/**
 * The body of `POST /api/v3/traces` and `/api/v3/trace-summaries` as the parameters of the same GET: a
 * FindTracesRequest in proto3 JSON, members in camelCase or snake_case (jaeger-idl, api_v3/query_service.proto,
 * the bindings that Jaeger 2.20 declares and does not serve).
 *
 * @throws WaybillError BAD_PARAMETER where the body is no such JSON.
 */
export function parametersOfBody(body: unknown): URLSearchParams {
  const text = Buffer.isBuffer(body) ? body.toString() : ''
  let json: unknown
  try {
    json = text.trim() === '' ? {} : JSON.parse(text)
  } catch (cause) {
    throw new WaybillError('BAD_PARAMETER', `the body is no JSON: ${(cause as Error).message}`)
  }
  const read = bodySchema.safeParse(json)
  if (!read.success) {
    const [issue] = read.error.issues
    const place = issue === undefined || issue.path.length === 0 ? 'the body' : issue.path.join('.')
    throw new WaybillError('BAD_PARAMETER', `${place} is no FindTracesRequest: ${issue?.message}`)
  }
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(read.data.query ?? {})) {
    if (value === null) continue
    parameters.set(`query.${name}`, typeof value === 'object' ? attributesText(value) : String(value))
  }
  return parameters
}

/** Values of attributes are texts; other scalars are taken as their text. */
function attributesText(attributes: Readonly<Record<string, string | number | boolean>>): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)])),
  )
}
