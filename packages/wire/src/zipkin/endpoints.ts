import type { AnyValue } from '@waybill/model'
import { displayValue } from '@waybill/model'
import { zipkinAttributes } from './attributes.ts'
import { ipFamily, unmapped } from './ip.ts'
import type { ZipkinEndpoint } from './span.ts'

/** The endpoint of the process that reported a span; takes the attributes that say where it is. */
export function takeLocalEndpoint(
  serviceName: string,
  attributes: Map<string, AnyValue>,
): ZipkinEndpoint | undefined {
  const { localAddress, localIpv6, localPort } = zipkinAttributes
  return endpoint(serviceName, attributes, localAddress, localIpv6, localPort)
}

/**
 * The endpoint at the other side; takes the attributes that say who and where it is. The older name of a peer's
 * service stays a tag, since where that is used it was one.
 */
export function takeRemoteEndpoint(attributes: Map<string, AnyValue>): ZipkinEndpoint | undefined {
  const { remoteService, remoteAddress, remoteIpv6, remotePort } = zipkinAttributes
  const service = take(attributes, remoteService, isSaid) || textOf(attributes.get('peer.service'))
  return endpoint(service, attributes, remoteAddress, remoteIpv6, remotePort)
}

/** Takes what is an address and a port; a host's name in their place stays an attribute. */
function endpoint(
  serviceName: string,
  attributes: Map<string, AnyValue>,
  addressKey: string,
  ipv6Key: string,
  portKey: string,
): ZipkinEndpoint | undefined {
  const address = unmapped(take(attributes, addressKey, text => ipFamily(text) !== 0))
  const isIpv6 = ipFamily(address) === 6
  const ipv6 = isIpv6 ? address : take(attributes, ipv6Key, text => ipFamily(text) === 6)
  const port = take(attributes, portKey, isPort)
  const found: ZipkinEndpoint = {
    ...(serviceName === '' ? {} : { serviceName }),
    ...(address === '' || isIpv6 ? {} : { ipv4: address }),
    ...(ipv6 === '' ? {} : { ipv6 }),
    ...(port === '' ? {} : { port: Number(port) }),
  }
  return Object.keys(found).length === 0 ? undefined : found
}

function take(attributes: Map<string, AnyValue>, key: string, isFitting: (text: string) => boolean): string {
  const text = textOf(attributes.get(key))
  if (!isFitting(text)) return ''
  attributes.delete(key)
  return text
}

function isSaid(text: string): boolean {
  return text !== ''
}

function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535
}

function textOf(value: AnyValue | undefined): string {
  return value === undefined ? '' : displayValue(value)
}
