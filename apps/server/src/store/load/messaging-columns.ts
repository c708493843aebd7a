import { messagingKeys, openTracingKeys, operationWords } from '@waybill/model'

/*
 * SQL that finds the facts of messages in attributes, from the lists in packages/model that the JavaScript
 * reads them by. A test holds the two to the same results.
 *
 * Every spelling of a fact has a code: the fact's number times 16 plus the spelling's rank. A list's values
 * are sorted by their codes, so that the first of a fact belongs to the newest spelling present (and, of
 * several attributes with one key, to the last).
 */

export type Fact = keyof typeof messagingKeys | 'plainPartition' | 'plainOffset'

const rankBits = 4
const placeBits = 16

/** OpenTracing's plain names are facts of their own: they count only beside message_bus.destination. */
const keysOfFacts: Readonly<Record<Fact, readonly string[]>> = {
  ...messagingKeys,
  plainPartition: [openTracingKeys.partition],
  plainOffset: [openTracingKeys.offset],
}
const facts = Object.keys(keysOfFacts) as readonly Fact[]
const firstPlain = numberOf('plainPartition')

const spellings = facts.flatMap(fact =>
  keysOfFacts[fact].map((key, rank) => ({ key, code: numberOf(fact) * 2 ** rankBits + rank })),
)

/** Numbers of facts begin at 1: 0 stands for attributes that are none. */
function numberOf(fact: Fact): number {
  return facts.indexOf(fact) + 1
}

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`
}

/**
 * The codes of an attribute list, one for each attribute. What is no fact has a number below that of every
 * fact, so that sorted by the codes the facts stand last, each fact's newest spelling before its older ones.
 *
 * @param keys SQL of type Array(LowCardinality(String)); @param types SQL of type Array(UInt8)
 */
export function factCodes(keys: string, types: string): string {
  const from = spellings.map(({ key }) => literal(key)).join(', ')
  const to = spellings.map(({ code }) => code).join(', ')
  const code = `transform(key, [${from}], [${to}]::Array(UInt16), 0::UInt16)`
  // Texts, numbers and truth values (types 1 to 4) are facts; lists, maps, bytes and absent values are not.
  const ranked = `${code}::UInt32 * ${2 ** placeBits} + ${2 ** placeBits} - place`
  return `arrayMap((key, type, place) -> if(type IN (1, 2, 3, 4), ${ranked}, 0), ${keys}, ${types}, arrayEnumerate(${keys}))`
}

/** The facts of an attribute list as a map from the fact's number to its value. 0 holds what is no fact. */
export function factMap(codes: string, values: string): string {
  const numbers = `arrayMap(code -> toUInt8(bitShiftRight(code, ${placeBits + rankBits})), arraySort(${codes}))`
  return `mapFromArrays(${numbers}, arraySort((value, code) -> code, ${values}, ${codes}))`
}

/** The value of a fact in a fact map, '' where it has none. */
export function factIn(map: string, fact: Fact): string {
  return `${map}[${numberOf(fact)}]`
}

/** Whether a fact map has a fact. */
export function hasFact(map: string, fact: Fact): string {
  return `mapContains(${map}, ${numberOf(fact)})`
}

/** Whether a fact map has any fact at all. */
export function hasFacts(map: string): string {
  const numbers = Array.from({ length: firstPlain - 1 }, (_, index) => index + 1).join(', ')
  return `hasAny(mapKeys(${map}), [${numbers}]::Array(UInt8))`
}

/** What the words of the operation attributes mean, else what the kind and the name of the span do. */
export function operationColumn(words: readonly string[], kind: string, name: string): string {
  const from = Object.keys(operationWords).map(literal).join(', ')
  const to = Object.values(operationWords).map(literal).join(', ')
  const meaning = `transform(lower(word), [${from}], [${to}], '')`
  const said = `arrayFirst(word -> word != '', arrayMap(word -> ${meaning}, [${words.join(', ')}]))`
  const receives = `match(${name}, '^(poll|receive|next-message)\\\\b|^From_|\\\\breceive$')`
  return `multiIf(
    ${said} != '', ${said}, ${kind} = 4, 'send', ${kind} != 5, '', ${receives}, 'receive', 'process')`
}

/** The system that the keys betray, or OpenTracing's `component`, where no messaging.system is given. */
export function systemFromSpelling(keys: string, values: string): string {
  const system = `multiIf(
    match(key, '^(messaging\\\\.)?kafka\\\\.'), 'kafka',
    match(key, '^(rabbit|amqp|messaging\\\\.rabbitmq)\\\\.'), 'rabbitmq',
    key NOT IN ('component', 'peer.service'), '',
    value IN ('java-kafka', 'kafka'), 'kafka',
    value = 'rabbitmq', 'rabbitmq', '')`
  return `arrayFirst(system -> system != '', arrayMap((key, value) -> ${system}, ${keys}, ${values}))`
}
