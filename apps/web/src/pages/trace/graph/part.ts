import type { MessageSegment, UnreceivedMessage } from '@waybill/model'
import type { TieStyle } from '../../../graph/shapes.tsx'
import type { TraceModel } from '../model.ts'
import type { MergedTree } from './merge.ts'

/** A line of a service's box: one span or several of one name, indented by cause. */
export interface BoxRow {
  /** Place of the node in the merged tree. */
  readonly node: number
  readonly depth: number
  /** Place in the box of the row that caused it; -1 for the first. */
  readonly under: number
  readonly style: TieStyle
}

/** Spans of one service that caused each other, without a message or another service between them. */
export interface ServicePart {
  readonly kind: 'service'
  readonly id: string
  readonly service: string
  readonly rows: readonly BoxRow[]
}

/** Messages of one destination that one span, or several of one name, sent. */
export interface DestinationPart {
  readonly kind: 'destination'
  readonly id: string
  /** The row whose details tell of it. */
  readonly row: number
  readonly segments: readonly MessageSegment[]
  readonly unreceived: readonly UnreceivedMessage[]
}

/** What is not in this trace, not stored or left out: the other end of a message or link, a missing parent. */
export interface ElsewherePart {
  readonly kind: 'elsewhere'
  readonly id: string
  readonly title: string
  readonly note: string
  /** The row whose details tell of it. */
  readonly row: number
}

/** A database, or a service that has sent no spans, as the spans that call it name it. */
export interface ExternalPart {
  readonly kind: 'external'
  readonly id: string
  readonly isDatabase: boolean
  readonly title: string
  readonly note: string
  /** The row that calls it first; its details tell of it. */
  readonly row: number
}

export type Part = ServicePart | DestinationPart | ElsewherePart | ExternalPart

/** A line between two parts, at the rows of services that it belongs to. */
export interface PartTie {
  readonly from: string
  readonly to: string
  readonly fromNode?: number
  readonly toNode?: number
  readonly style: TieStyle
  /** Messages that took this line, where their destination handed out others by other lines. */
  readonly segments?: readonly MessageSegment[]
  /** A link beside the causes, which has no say in where its ends are drawn. */
  readonly beside?: true
}

export interface TraceParts {
  readonly tree: MergedTree
  /** By cause and effect: a part comes before those that it caused. */
  readonly parts: readonly Part[]
  readonly ties: readonly PartTie[]
  /** The part that each node of the tree belongs to. */
  readonly partOfNode: readonly string[]
}

/** What lines are found in: a tree whose nodes belong to parts. */
export interface PlacedTree {
  readonly model: TraceModel
  readonly tree: MergedTree
  readonly partOfNode: readonly string[]
}

export interface FoundTies {
  readonly parts: readonly Part[]
  readonly ties: readonly PartTie[]
}
