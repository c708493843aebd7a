import { traced } from '@waybill/instrument'
import type { Order } from '../order.ts'
import { work } from '../service.ts'

/** The payments that this process has taken. */
export class DBAccess {
  readonly #payments = new Map<string, number>()

  @traced('DBAccess.save2db')
  async save2db({ order, amount }: Order): Promise<void> {
    await work()
    this.#payments.set(order, amount)
  }
}
