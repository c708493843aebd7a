import type { Session } from 'chdb'

/** A session for one statement; whoever took it gives it back or throws it away. */
export interface Lease {
  readonly session: Session
  giveBack(): void
  /** Closes the session; the next one to come gets a new one in its place. */
  discard(): void
}

export interface SessionPool {
  /** Waits for a session, first come, first served. */
  take(): Promise<Lease>
  /** Waits until every session is back, and closes them all; nobody can take one any more. */
  drain(): Promise<void>
}

/** A place for a session; empty until one is needed. */
type Place = Session | undefined

/**
 * A session runs one statement at a time, so each is lent to one caller. They are opened when they are first
 * needed.
 *
 * @param size so many at most.
 */
export function createSessionPool(open: () => Promise<Session>, size: number): SessionPool {
  const idle: Place[] = new Array(size).fill(undefined)
  const waiting: ((place: Place) => void)[] = []

  const putBack = (place: Place): void => {
    const next = waiting.shift()
    if (next === undefined) idle.push(place)
    else next(place)
  }
  const takePlace = (): Place | Promise<Place> =>
    idle.length > 0 ? idle.pop() : new Promise<Place>(resolve => waiting.push(resolve))

  return {
    take: async () => {
      let session = await takePlace()
      try {
        session ??= await open()
      } catch (error) {
        putBack(undefined)
        throw error
      }
      const taken = session
      return {
        session: taken,
        giveBack: () => putBack(taken),
        discard: () => {
          taken.close()
          putBack(undefined)
        },
      }
    },
    drain: async () => {
      for (let places = 0; places < size; places++) (await takePlace())?.close()
    },
  }
}
