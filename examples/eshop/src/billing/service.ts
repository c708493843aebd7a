import type { Order } from '../order.ts'
import { orderSchema } from '../order.ts'
import { createService, run } from '../service.ts'
import { BankTransaction } from './bank-transaction.ts'
import { DBAccess } from './db-access.ts'

/* billing: takes the customer's money, in two steps that have spans of their own. */
const bank = new BankTransaction()
const database = new DBAccess()
const app = createService()

app.post<{ Body: Order }>('/payment', { schema: { body: orderSchema } }, async ({ body }) => {
  await bank.transfer()
  await database.save2db(body)
  return { status: 'paid' }
})

await run(app)
