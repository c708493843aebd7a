import { WaybillError } from '@waybill/model'
import type { FastifyRequest } from 'fastify'

const largestInt64 = 2n ** 63n - 1n

/** The query string as it was sent. Of a parameter that stands there several times the first one counts. */
export function parametersOf(request: FastifyRequest): URLSearchParams {
  const at = request.url.indexOf('?')
  return new URLSearchParams(at === -1 ? '' : request.url.slice(at + 1))
}

/** @throws WaybillError BAD_PARAMETER where it is absent; it may be empty. */
export function required(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name)
  if (value === null) throw bad(`Mandatory parameter is missing: ${name}`)
  return value
}

/**
 * A whole number of 64 bits; absent and empty are undefined.
 *
 * @throws WaybillError BAD_PARAMETER
 */
export function readNumber(parameters: URLSearchParams, name: string): bigint | undefined {
  const text = parameters.get(name)
  if (text === null || text === '') return undefined
  const number = /^[-+]?\d{1,19}$/.test(text) ? BigInt(text.replace('+', '')) : undefined
  if (number === undefined || number > largestInt64)
    throw bad(`${name}: ${JSON.stringify(text.slice(0, 100))} is no whole number`)
  return number
}

export function bad(message: string): WaybillError {
  return new WaybillError('BAD_PARAMETER', message)
}
