import type { MessageSegment } from '@waybill/model'
import { describe, expect, it } from 'vitest'
import { orderTrace } from '../../test-trace.ts'
import { waitText } from './row-text.ts'

const [order] = orderTrace.messages as readonly [MessageSegment]

/** The order's message, had it waited in another system, or for another time. */
const waited = (system: string, waitedNano = order.waitedNano) =>
  waitText({ ...order, waitedNano, facts: { ...order.facts, system } })

describe('waitText', () => {
  it('names the system that a message waited in, as people write it', () => {
    expect(waited('kafka')).toBe('waited 2.1 s in Kafka')
    expect(waited('rabbitmq')).toBe('waited 2.1 s in RabbitMQ')
    expect(waited('aws_sqs')).toBe('waited 2.1 s in SQS')
    expect(waited('my_own_queue')).toBe('waited 2.1 s in my_own_queue')
    expect(waited('')).toBe('waited 2.1 s')
  })

  it('says that clocks disagree where a message was received before it was sent', () => {
    expect(waited('kafka', -3e6)).toBe('received 3 ms before it was sent: clocks disagree')
  })
})
