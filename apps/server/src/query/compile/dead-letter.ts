/**
 * Destinations that hold dead letters, by the names that brokers and frameworks give them: `orders.dlq`,
 * `orders-dlt` (Spring Kafka), `dlq.orders`, `orders_dead_letter`, `ordersDeadLetterQueue`, `orders.DLX`.
 */
const word = '(dlq|dlt|dlx|dead[._-]?letters?([._-]?(queue|topic|exchange))?)'

/** Holds for a row whose destination takes dead letters. */
export const isDeadLetter = `match(destination, '(?i)(^|[._:-])${word}($|[._:-])|DeadLetter')`

/** The destination whose dead letters these are: the name without the part that says so. */
export const deadLetterOrigin =
  `replaceRegexpOne(replaceRegexpOne(CAST(destination, 'String'), '(?i)^${word}[._:-]', ''), ` +
  `'(?i)[._:-]${word}$|DeadLetter(Queue|Topic|Exchange|s)?$', '')`
