/** What a channel has delivered and nobody has settled yet, found by delivery tag. */
export interface Unsettled<Item> {
  readonly size: number
  keep(deliveryTag: number, item: Item): void
  /** Gives one and forgets it; undefined where it is not here, such as when it was settled before. */
  take(deliveryTag: number): Item | undefined
  /** Gives, in the order of their delivery, all up to this tag, itself included, and forgets them. */
  takeUpTo(deliveryTag: number): readonly Item[]
  /** Gives all, in the order of their delivery, and forgets them: the channel has closed. */
  takeAll(): readonly Item[]
}

/**
 * Keeps what a channel delivered by its delivery tag, not by the identity of the message object: applications
 * acknowledge copies, too. Taking one costs the same however many are here. Tags of a channel rise, so that a
 * Map's order of insertion is that of the tags. One for each channel: tags mean nothing to another.
 */
export function unsettled<Item>(): Unsettled<Item> {
  const items = new Map<number, Item>()
  return {
    get size() {
      return items.size
    },
    keep(deliveryTag, item) {
      items.set(deliveryTag, item)
    },
    take(deliveryTag) {
      const item = items.get(deliveryTag)
      items.delete(deliveryTag)
      return item
    },
    takeUpTo(deliveryTag) {
      const taken: Item[] = []
      for (const [tag, item] of items) {
        if (tag > deliveryTag) break
        taken.push(item)
        items.delete(tag)
      }
      return taken
    },
    takeAll() {
      const taken = [...items.values()]
      items.clear()
      return taken
    },
  }
}
