import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'

export type Status = 'init' | 'processing' | 'done' | 'fail'

export interface Report {
  readonly id: string
  readonly status: Status
  /** The step that was asked to fail, if one was. */
  readonly failingStep: number | null
}

/** The table of reports. Both services have it open, each in its own process. */
export interface ReportsTable {
  /** Adds a report with status `init` and returns its id. */
  create(failingStep: number | null): string
  find(id: string): Report | undefined
  ids(): readonly string[]
  setStatus(id: string, status: Status): void
  close(): void
}

const createTable = `
  CREATE TABLE IF NOT EXISTS reports (
    id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    failing_step INTEGER,
    changed TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
  ) STRICT`

export function openReports(path: string): ReportsTable {
  const database = new DatabaseSync(path, { timeout: 5000 })
  database.exec('PRAGMA journal_mode = WAL')
  database.exec(createTable)
  const insert = database.prepare("INSERT INTO reports (id, status, failing_step) VALUES (?, 'init', ?)")
  const select = database.prepare('SELECT id, status, failing_step AS failingStep FROM reports WHERE id = ?')
  const selectIds = database.prepare('SELECT id FROM reports')
  const update = database.prepare('UPDATE reports SET status = ?, changed = CURRENT_TIMESTAMP WHERE id = ?')
  return {
    create(failingStep) {
      const id = randomBytes(4).toString('hex')
      insert.run(id, failingStep)
      return id
    },
    find: id => select.get(id) as unknown as Report | undefined,
    ids: () => selectIds.all().map(row => String(row['id'])),
    setStatus: (id, status) => void update.run(status, id),
    close: () => database.close(),
  }
}
