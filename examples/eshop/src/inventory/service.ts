import { orderSchema } from '../order.ts'
import { createService, run, work } from '../service.ts'

/* inventory: reserves the goods of an order. */
const app = createService()

app.post('/createOrder', { schema: { body: orderSchema } }, async () => {
  await work()
  return { status: 'created' }
})

await run(app)
