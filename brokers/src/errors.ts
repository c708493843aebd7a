/** No broker can be had. The message is one line that says why and, where there is one, the command that helps. */
export class BrokerUnavailable extends Error {
  override readonly name = 'BrokerUnavailable'
}
