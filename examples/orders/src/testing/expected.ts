/** The trace of an order that is paid, as `outline` writes it. */
export const wholeTrace = [
  'order-service POST /orders',
  '  order-service send orders.created',
  '    payment-service process.payment',
  '      payment-service charge.card',
  '      payment-service INSERT payments',
  '      payment-service send payments.processed',
  '        notification-service send.notification',
]

/** The trace of an order that ends at Kafka. */
export const firstHalf = wholeTrace.slice(0, 2)
