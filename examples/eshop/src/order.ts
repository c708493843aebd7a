/** An order, as the services pass it on. */
export interface Order {
  readonly order: string
  readonly items: readonly string[]
  readonly amount: number
  readonly email: string
}

const text = { type: 'string', minLength: 1, maxLength: 200 }
export const itemsSchema = { type: 'array', items: text, minItems: 1, maxItems: 100 }
export const amountSchema = { type: 'number', exclusiveMinimum: 0 }
export const emailSchema = { type: 'string', pattern: '^[^@\\s]+@[^@\\s]+$', maxLength: 200 }

/** JSON schema of an order. */
export const orderSchema = {
  type: 'object',
  required: ['order', 'items', 'amount', 'email'],
  properties: { order: text, items: itemsSchema, amount: amountSchema, email: emailSchema },
}
