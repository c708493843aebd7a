import type { Engine, Parameters } from '../engine.ts'

/** Spans beside a trace that its archive keeps, at most; as many as its answer reads. */
const maxBeside = 5000

/** Where the spans of some traces lie in `spans`, whose sorting key begins with service and time. */
interface Bounds {
  readonly services: readonly string[]
  readonly startNano: string
  readonly endNano: string
}

/** The place of a span; service and time are there where they are known without looking for it. */
interface Address {
  readonly trace: string
  readonly span: string
  readonly service?: string
  readonly startNano?: string
}

const withinTime = `start >= fromUnixTimestamp64Nano({startNano:Int64}, 'UTC') AND start <= fromUnixTimestamp64Nano({endNano:Int64}, 'UTC')`
const withinBounds = `service IN {services:Array(String)} AND ${withinTime}`
const pinned = 'unhex({pin:String})'
/** SDKs record links without a context for the sake of their attributes. */
const noTrace = "toFixedString('', 16)"

/**
 * Copies what is stored of a trace, and what its answer shows of others, into the archive: its spans, the spans
 * that link to it, those it links to, those that handled the same messages, with their resources and scopes.
 * What the archive has already stays and is not copied again.
 *
 * @returns false where none of the trace is stored, outside of the archive.
 */
export async function copyTrace(engine: Pick<Engine, 'query'>, pin: string): Promise<boolean> {
  const bounds = await boundsOf(engine, [pin])
  if (bounds === undefined) return false
  const ofTrace = { pin, ...bounds }
  await copyRows(engine, 'spans', `${withinBounds} AND trace_id = ${pinned}`, ofTrace)
  await copyRows(engine, 'messages', `${withinTime} AND trace_id = ${pinned}`, ofTrace)
  await copyRows(
    engine,
    'messages',
    `(system, destination, partition_id, message_offset) IN (
  SELECT arrayJoin([system, '']), destination, partition_id, message_offset
  FROM archived_messages
  WHERE pin = ${pinned} AND trace_id = pin AND destination != '' AND message_offset >= 0
)
LIMIT ${maxBeside}`,
    { pin },
  )
  const beside = await addressesBeside(engine, pin)
  const besideBounds = await boundsOfAddresses(engine, beside)
  if (besideBounds !== undefined)
    await copyRows(
      engine,
      'spans',
      `${withinBounds} AND (trace_id, span_id) IN (
  SELECT arrayJoin(arrayMap((trace, span) -> (toFixedString(unhex(trace), 16), toFixedString(unhex(span), 8)),
    {traces:Array(String)}, {spans:Array(String)})))`,
      {
        pin,
        ...besideBounds,
        traces: beside.map(({ trace }) => trace),
        spans: beside.map(({ span }) => span),
      },
    )
  await copyDescriptions(engine, 'resources', 'resource', pin)
  await copyDescriptions(engine, 'scopes', 'scope', pin)
  return true
}

/** Rows that the archive has are told by their hash, and among rows that are alike by their number. */
async function copyRows(
  engine: Pick<Engine, 'query'>,
  table: 'spans' | 'messages',
  where: string,
  parameters: Parameters,
): Promise<void> {
  const columns = await columnsOf(engine, table)
  await engine.query(
    `INSERT INTO archived_${table} (pin, ${columns}, row_hash, row_copy)
SELECT ${pinned}, *
FROM (
  SELECT *, row_number() OVER (PARTITION BY trace_id, span_id, row_hash) AS row_copy
  FROM (SELECT ${columns}, sipHash64(${columns}) AS row_hash FROM ${table} WHERE ${where})
)
WHERE (row_hash, row_copy) NOT IN (SELECT row_hash, row_copy FROM archived_${table} WHERE pin = ${pinned})`,
    parameters,
  )
}

async function copyDescriptions(
  engine: Pick<Engine, 'query'>,
  table: 'resources' | 'scopes',
  column: 'resource' | 'scope',
  pin: string,
): Promise<void> {
  const columns = await columnsOf(engine, table)
  await engine.query(
    `INSERT INTO archived_${table} (pin, ${columns})
SELECT ${pinned}, ${columns}
FROM ${table}
WHERE id IN (SELECT ${column} FROM archived_spans WHERE pin = ${pinned})
  AND id NOT IN (SELECT id FROM archived_${table} WHERE pin = ${pinned})
LIMIT 1 BY id`,
    { pin },
  )
}

/** The columns that a table stores, in their order, as SQL. */
async function columnsOf(engine: Pick<Engine, 'query'>, table: string): Promise<string> {
  const columns = await engine.query<{ readonly name: string }>(
    `SELECT name FROM system.columns
WHERE database = currentDatabase() AND table = {table:String} AND default_kind IN ('', 'DEFAULT')
ORDER BY position`,
    { table },
  )
  return columns.map(({ name }) => `\`${name}\``).join(', ')
}

/** Spans of other traces that the answer shows: ends of links in both directions, and of messages. */
async function addressesBeside(engine: Pick<Engine, 'query'>, pin: string): Promise<readonly Address[]> {
  const known = `lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, service, toUnixTimestamp64Nano(start) AS startNano`
  const questions = [
    `SELECT DISTINCT ${known} FROM links WHERE linked_trace_id = ${pinned} AND trace_id != ${pinned}`,
    `SELECT DISTINCT ${known} FROM archived_messages WHERE pin = ${pinned} AND trace_id != pin`,
    `SELECT DISTINCT lower(hex(linked.1)) AS trace, lower(hex(linked.2)) AS span
FROM archived_spans ARRAY JOIN arrayZip(\`links.trace_id\`, \`links.span_id\`) AS linked
WHERE pin = ${pinned} AND trace_id = pin AND linked.1 NOT IN (pin, ${noTrace})`,
  ]
  const found = await Promise.all(
    questions.map(question => engine.query<Address>(`${question}\nLIMIT ${maxBeside}`, { pin })),
  )
  return found.flat()
}

async function boundsOfAddresses(
  engine: Pick<Engine, 'query'>,
  addresses: readonly Address[],
): Promise<Bounds | undefined> {
  const unknown = addresses.filter(({ service }) => service === undefined).map(({ trace }) => trace)
  const looked = await boundsOf(engine, [...new Set(unknown)])
  const services = new Set(looked?.services)
  const times = looked === undefined ? [] : [BigInt(looked.startNano), BigInt(looked.endNano)]
  for (const { service, startNano } of addresses) {
    if (service === undefined || startNano === undefined) continue
    services.add(service)
    times.push(BigInt(startNano))
  }
  const sorted = times.sort((a, b) => (a < b ? -1 : 1))
  return sorted.length === 0
    ? undefined
    : { services: [...services], startNano: String(sorted[0]), endNano: String(sorted.at(-1)) }
}

async function boundsOf(
  engine: Pick<Engine, 'query'>,
  traces: readonly string[],
): Promise<Bounds | undefined> {
  if (traces.length === 0) return undefined
  const [bounds] = await engine.query<Bounds>(
    `SELECT groupUniqArrayArray(services) AS services, toUnixTimestamp64Nano(min(start)) AS startNano,
  toUnixTimestamp64Nano(max(greatest(start, end))) AS endNano
FROM traces
WHERE trace_id IN (SELECT toFixedString(unhex(arrayJoin({traces:Array(String)})), 16))
HAVING count() > 0`,
    { traces },
  )
  return bounds
}
