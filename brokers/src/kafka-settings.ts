/** Who may use a broker. */
export interface KafkaCredentials {
  readonly username: string
  readonly password: string
  /** How they are shown to the broker; PLAIN where absent. */
  readonly mechanism?: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
}

/**
 * Broker settings of a single node that is broker and controller in one (KRaft), for examples and tests:
 * listens on 127.0.0.1 only, creates topics on first use, lets consumer groups start at once, and keeps the
 * internal topics small, because creating fifty partitions takes longer than the rest of the start.
 * Names as in Kafka's documentation, section "Broker Configs".
 *
 * @param credentials has clients, and the broker itself, log in with them (SASL).
 * @param pemPath has the broker speak TLS: a file with its key and its certificate, which is its own authority.
 */
export function kafkaSettings(
  ports: { readonly broker: number; readonly controller: number },
  listenHost: string,
  dataDir: string,
  { credentials, pemPath }: { readonly credentials?: KafkaCredentials; readonly pemPath?: string } = {},
): Readonly<Record<string, string>> {
  const transport = pemPath === undefined ? 'PLAINTEXT' : 'SSL'
  const protocol = credentials === undefined ? transport : `SASL_${transport}`
  return {
    ...(credentials === undefined ? {} : logIn(credentials, protocol)),
    ...(pemPath === undefined ? {} : speakTls(pemPath)),
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `${protocol}://${listenHost}:${ports.broker},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': `${protocol}://127.0.0.1:${ports.broker}`,
    'listener.security.protocol.map': `${protocol}:${protocol},CONTROLLER:PLAINTEXT`,
    'inter.broker.listener.name': protocol,
    'log.dirs': dataDir,
    'auto.create.topics.enable': 'true',
    'group.initial.rebalance.delay.ms': '0',
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    // The default of 128 MB does not fit the small heap.
    'log.cleaner.dedupe.buffer.size': '4194304',
  }
}

function logIn(
  { username, password, mechanism = 'PLAIN' }: KafkaCredentials,
  protocol: string,
): Readonly<Record<string, string>> {
  const isPlain = mechanism === 'PLAIN'
  const module = `org.apache.kafka.common.security.${isPlain ? 'plain.Plain' : 'scram.Scram'}LoginModule`
  const own = `username="${username}" password="${password}"`
  const users = isPlain ? ` user_${username}="${password}"` : ''
  const name = `listener.name.${protocol.toLowerCase()}.${mechanism.toLowerCase()}.sasl.jaas.config`
  return {
    'sasl.enabled.mechanisms': mechanism,
    'sasl.mechanism.inter.broker.protocol': mechanism,
    [name]: `${module} required ${own}${users};`,
  }
}

function speakTls(pemPath: string): Readonly<Record<string, string>> {
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': pemPath,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': pemPath,
  }
}
