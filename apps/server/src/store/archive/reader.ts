import { withoutPrewhere } from '../chdb/prewhere.ts'
import type { Parameters, Reader } from '../engine.ts'

/** Columns that only the archive has. */
const ownColumns = 'pin, row_hash, row_copy'
const ofPin = 'WHERE pin = unhex({archivedTrace:String})'
const archivedSpans = `SELECT * EXCEPT (${ownColumns}) FROM archived_spans FINAL ${ofPin}`

/** What stands for each table in a question that is asked of the archive; `traces` and `links` follow from spans. */
const archived: Readonly<Record<string, string>> = {
  spans: archivedSpans,
  messages: `SELECT * EXCEPT (${ownColumns}) FROM archived_messages FINAL ${ofPin}`,
  resources: `SELECT * EXCEPT (pin) FROM archived_resources FINAL ${ofPin}`,
  scopes: `SELECT * EXCEPT (pin) FROM archived_scopes FINAL ${ofPin}`,
  links: `SELECT linked_trace_id, linked_span_id, trace_id, span_id, service, name, kind, status_code, start, dated, duration
  FROM (${archivedSpans})
  ARRAY JOIN \`links.trace_id\` AS linked_trace_id, \`links.span_id\` AS linked_span_id`,
  traces: `SELECT trace_id, if(dated, toDate(stored.start), toDate(0)) AS day, min(stored.start) AS start,
  fromUnixTimestamp64Nano(max(greatest(
    toUnixTimestamp64Nano(stored.start), toUnixTimestamp64Nano(stored.start) + duration)), 'UTC') AS end,
  count() AS spans, countIf(status_code = 2) AS errors,
  min((parent_span_id != toFixedString('', 8), stored.start, CAST(service, 'String'), CAST(name, 'String'))
    ::Tuple(missing UInt8, start DateTime64(9, 'UTC'), service String, name String)) AS root,
  groupUniqArray(CAST(service, 'String')) AS services
  FROM (${archivedSpans}) AS stored
  GROUP BY trace_id, day`,
}

const table = new RegExp(`\\b(FROM|JOIN)\\s+(${Object.keys(archived).join('|')})\\b`, 'g')

/**
 * The archive of one pinned trace as a store that holds nothing else: questions that are asked about the trace
 * find in it what they found in the tables when it was pinned, under the same names.
 */
export function archiveReader(reader: Reader, traceId: string): Reader {
  const rewrite = (sql: string): string =>
    withoutPrewhere(sql).replace(
      table,
      (_, before: string, name: string) => `${before} (${archived[name]}) AS ${name}`,
    )
  const withTrace = (parameters: Parameters | undefined): Parameters => ({
    ...parameters,
    archivedTrace: traceId,
  })
  return {
    query: (sql, parameters) => reader.query(rewrite(sql), withTrace(parameters)),
    stream: (sql, parameters) => reader.stream(rewrite(sql), withTrace(parameters)),
  }
}
