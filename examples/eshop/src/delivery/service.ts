import { orderSchema } from '../order.ts'
import { createService, run, work } from '../service.ts'

/* delivery: has the goods brought to the customer. */
const app = createService()

app.post('/arrangeDelivery', { schema: { body: orderSchema } }, async () => {
  await work()
  return { status: 'arranged' }
})

await run(app)
