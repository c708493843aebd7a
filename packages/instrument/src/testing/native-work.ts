/*
 * What a program does once it has the module `Rdkafka`: it sends a message to the topic in TOPIC, and reads it.
 */

/** By librdkafka's API, which node-rdkafka and Confluent's client have. */
export const librdkafkaWork = `
  const config = { 'metadata.broker.list': process.env.BROKERS }
  const topic = process.env.TOPIC
  const called = call => new Promise((resolve, reject) => call((error, result) => error ? reject(error) : resolve(result)))
  const producer = new Rdkafka.HighLevelProducer(config)
  await called(done => producer.connect(null, done))
  await called(done => producer.produce(topic, 0, Buffer.from('v'), 'k', null, done))
  await called(done => producer.disconnect(done))
  const consumer = new Rdkafka.KafkaConsumer({ ...config, 'group.id': topic, 'enable.auto.commit': false }, {})
  await called(done => consumer.connect(null, done))
  consumer.assign([{ topic, partition: 0, offset: 0 }])
  await new Promise(resolve => { consumer.on('data', resolve); consumer.consume() })
  await called(done => consumer.disconnect(done))
`

/** By the API of Confluent's client that is like KafkaJS's. */
export const kafkajsWork = `
  const kafka = new Rdkafka.KafkaJS.Kafka({ kafkaJS: { brokers: [process.env.BROKERS], logLevel: 0 } })
  const topic = process.env.TOPIC
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic, messages: [{ key: 'k', value: 'v' }] })
  await producer.disconnect()
  const consumer = kafka.consumer({ kafkaJS: { groupId: topic, fromBeginning: true, autoCommit: false } })
  await consumer.connect()
  await consumer.subscribe({ topic })
  await new Promise(resolve => consumer.run({ eachMessage: async () => resolve() }))
  await consumer.disconnect()
`
