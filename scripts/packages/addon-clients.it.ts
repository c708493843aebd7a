import { join } from 'node:path'
import { test } from 'node:test'
import { testKafka } from '../../packages/instrument/src/testing/kafka.ts'
import { confluents, linkedFolder, rdkafkas } from '../../packages/instrument/src/testing/native-clients.ts'
import { kafkajsWork, librdkafkaWork } from '../../packages/instrument/src/testing/native-work.ts'
import { testReceiver } from '../../packages/instrument/src/testing/receiver.ts'
import { assertOneWay, runClient } from './client-programs.ts'
import { nodeOf } from './node-versions.ts'
import { publishedFolder } from './published-folder.ts'

/*
 * The clients with addons of C++, in the published form, on the older versions of Node. An addon is built for one
 * version of Node; librdkafka, which takes the longest, is that of the Node that runs this.
 */

const published = publishedFolder()
const receiver = testReceiver()
const kafka = testKafka()

const apis = [
  { api: "librdkafka's API", installed: confluents[0], work: librdkafkaWork },
  { api: 'the KafkaJS-like API', installed: confluents[0], work: kafkajsWork },
  { api: "librdkafka's API", installed: rdkafkas[0], work: librdkafkaWork },
]

for (const major of [20, 22])
  for (const { api, installed, work } of apis) {
    if (installed === undefined) throw new Error('There is a newest version of each client')
    const { name } = installed
    test(`Node ${major}: ${api} of ${name} is traced without code in ES modules and CommonJS`, async t => {
      const node = await nodeOf(major)
      const folder = await linkedFolder(installed, node, t)
      if (folder === undefined) return
      await Promise.all(
        (['mjs', 'cjs'] as const).map(async kind => {
          const service = `${name}-${major}-${kind}-${work.length}`.replaceAll(/\W+/g, '-')
          const topic = await kafka.topic()
          // Node finds no folder by its path when it imports it: the main module's name is the same for both clients.
          const client = join(folder, 'node_modules', name, 'lib', 'index.js')
          await runClient({ client, names: 'Rdkafka', work }, kind, {
            node,
            folder: await published(),
            env: {
              BROKERS: kafka.brokers.join(','),
              TOPIC: topic,
              OTEL_SERVICE_NAME: service,
              OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
            },
          })
          assertOneWay(
            receiver.spans.filter(span => span.service === service),
            { sent: `send ${topic}`, processed: `process ${topic}`, more: [] },
          )
        }),
      )
    })
  }
