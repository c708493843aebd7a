import type { Session } from 'chdb'

/** A session for one statement; whoever took it gives it back. */
export interface Lease {
  readonly session: Session
  giveBack(): void
}

export interface SessionPool {
  /** Waits for a session, first come, first served. */
  take(): Promise<Lease>
  /** Runs with a session and gives it back, whatever happens. */
  use<Result>(work: (session: Session) => Promise<Result>): Promise<Result>
  /** Waits until every session is back. @returns them all; nobody can take one any more. */
  drain(): Promise<readonly Session[]>
}

/** A session runs one statement at a time, so each is lent to one caller. */
export function createSessionPool(sessions: readonly Session[]): SessionPool {
  const idle = [...sessions]
  const waiting: ((session: Session) => void)[] = []

  const take = async (): Promise<Lease> => {
    const session = idle.pop() ?? (await new Promise<Session>(resolve => waiting.push(resolve)))
    return {
      session,
      giveBack: () => {
        const next = waiting.shift()
        if (next === undefined) idle.push(session)
        else next(session)
      },
    }
  }

  return {
    take,
    use: async work => {
      const lease = await take()
      try {
        return await work(lease.session)
      } finally {
        lease.giveBack()
      }
    },
    drain: async () => {
      const leases = await Promise.all(sessions.map(take))
      return leases.map(lease => lease.session)
    },
  }
}
