import type { Resource, Scope } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import { attributeColumns, readAttributes } from './stored-attributes.ts'

/** A row of `resources` or `scopes`; the former have neither name nor version. */
interface Description {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly attribute_keys: readonly string[]
  readonly attribute_values: readonly string[]
  readonly attribute_types: readonly number[]
  readonly dropped_attributes_count: number
  readonly schema_url: string
}

type Table = 'resources' | 'scopes'

/** A process has few resources and sends them with every span, so that nearly all are known already. */
const mostKnown = 2000

/**
 * Rows that were read before, by table and id, for each reader. They never change: an id is a hash of all the
 * rest of its row.
 */
const known = new WeakMap<Reader, Map<string, Description>>()

/** The resources of the ids, in their order; empty ones where the store has none. */
export async function readResources(reader: Reader, ids: readonly string[]): Promise<readonly Resource[]> {
  const rows = await readDescriptions(reader, 'resources', ids)
  return rows.map(describe)
}

/** The scopes of the ids, in their order; empty ones where the store has none. */
export async function readScopes(reader: Reader, ids: readonly string[]): Promise<readonly Scope[]> {
  const rows = await readDescriptions(reader, 'scopes', ids)
  return rows.map(row => ({ name: row?.name ?? '', version: row?.version ?? '', ...describe(row) }))
}

async function readDescriptions(
  reader: Reader,
  table: Table,
  ids: readonly string[],
): Promise<readonly (Description | undefined)[]> {
  const before = known.get(reader) ?? new Map<string, Description>()
  known.set(reader, before)
  const found = new Map<string, Description>()
  const missing: string[] = []
  for (const id of new Set(ids)) {
    const row = before.get(table + id)
    if (row === undefined) missing.push(id)
    else found.set(id, row)
  }
  for (const row of await queryDescriptions(reader, table, missing)) {
    found.set(row.id, row)
    before.set(table + row.id, row)
  }
  for (const key of before.keys()) {
    if (before.size <= mostKnown) break
    before.delete(key)
  }
  return ids.map(id => found.get(id))
}

async function queryDescriptions(
  reader: Reader,
  table: Table,
  ids: readonly string[],
): Promise<readonly Description[]> {
  if (ids.length === 0) return []
  return reader.query<Description>(
    `SELECT id, ${table === 'scopes' ? 'name, version' : "'' AS name, '' AS version"},
  ${attributeColumns('attributes', 'attribute_types', 'attribute')}, dropped_attributes_count, schema_url
FROM ${table}
WHERE id IN {ids:Array(UInt64)}
LIMIT 1 BY id`,
    { ids },
  )
}

function describe(row: Description | undefined): Resource {
  return {
    attributes: readAttributes({
      keys: row?.attribute_keys ?? [],
      values: row?.attribute_values ?? [],
      types: row?.attribute_types ?? [],
    }),
    droppedAttributesCount: row?.dropped_attributes_count ?? 0,
    schemaUrl: row?.schema_url ?? '',
  }
}
