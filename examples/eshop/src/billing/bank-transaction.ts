import { traced } from '@waybill/instrument'
import { work } from '../service.ts'

export class BankTransaction {
  /** Moves the money. */
  @traced('BankTransaction.transfer')
  async transfer(): Promise<void> {
    await work()
  }
}
