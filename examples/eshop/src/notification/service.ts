import { orderSchema } from '../order.ts'
import { createService, run, work } from '../service.ts'

/* notification: tells the customer by mail that the order is on its way. */
const app = createService()

app.post('/sendEmail', { schema: { body: orderSchema } }, async () => {
  await work()
  return { status: 'sent' }
})

await run(app)
