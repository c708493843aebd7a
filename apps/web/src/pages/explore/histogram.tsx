import type { HistogramResponse } from '@waybill/api'
import type { PointerEvent, ReactNode } from 'react'
import { useRef, useState } from 'react'
import { clockTime, count, dayOf } from '../../ui/times.ts'
import { axisTimes, barOf, rangeOfDrag } from './histogram-layout.ts'

interface Drag {
  readonly from: number
  readonly to: number
}

/** Matching traces over time, errors in the error hue. A drag across it narrows the range. */
export function Histogram(props: {
  readonly histogram: HistogramResponse | undefined
  readonly onNarrow: (startUnixMs: number, endUnixMs: number) => void
}): ReactNode {
  const { histogram } = props
  const place = useRef<HTMLDivElement>(null)
  const [drag, setDrag] = useState<Drag>()
  const [hovered, setHovered] = useState<number>()

  if (histogram === undefined || histogram.buckets.length === 0)
    return <div className="histogram is-empty" aria-hidden />

  const fractionAt = (event: PointerEvent) => {
    const box = place.current?.getBoundingClientRect()
    return box === undefined ? 0 : Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1)
  }
  const move = (event: PointerEvent) => {
    const at = fractionAt(event)
    setHovered(Math.min(Math.floor(at * histogram.buckets.length), histogram.buckets.length - 1))
    if (drag !== undefined) setDrag({ from: drag.from, to: at })
  }
  const drop = () => {
    const range = drag && rangeOfDrag(histogram, drag.from, drag.to)
    setDrag(undefined)
    if (range !== undefined) props.onNarrow(range.startUnixMs, range.endUnixMs)
  }
  const largest = Math.max(...histogram.buckets.map(bucket => bucket.traces), 1)
  const errors = histogram.buckets.reduce((sum, bucket) => sum + bucket.errors, 0)
  const label = `${count(histogram.total, 'trace')} over time, ${errors.toLocaleString('en')} with errors`

  return (
    <figure className="histogram" aria-label={label}>
      <div
        ref={place}
        className="histogram-bars"
        onPointerDown={event => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          setDrag({ from: fractionAt(event), to: fractionAt(event) })
        }}
        onPointerMove={move}
        onPointerUp={drop}
        onPointerCancel={() => setDrag(undefined)}
        onPointerLeave={() => setHovered(undefined)}
      >
        {histogram.buckets.map((bucket, i) => {
          const bar = barOf(bucket, largest)
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a bucket is its place
            <i key={i} style={{ height: `${bar.percent}%` }}>
              {bar.errorPercent > 0 && <b style={{ height: `${bar.errorPercent}%` }} />}
            </i>
          )
        })}
        {drag && (
          <span
            className="histogram-window"
            style={{
              left: `${Math.min(drag.from, drag.to) * 100}%`,
              width: `${Math.abs(drag.to - drag.from) * 100}%`,
            }}
          />
        )}
      </div>
      <figcaption className="histogram-axis">
        {hovered === undefined ? (
          axisTimes(histogram, 5).map(time => <span key={time}>{axisText(time, histogram)}</span>)
        ) : (
          <BucketText histogram={histogram} index={hovered} />
        )}
      </figcaption>
    </figure>
  )
}

function BucketText(props: { readonly histogram: HistogramResponse; readonly index: number }): ReactNode {
  const bucket = props.histogram.buckets[props.index]
  const start = props.histogram.startUnixMs + props.index * props.histogram.stepMs
  if (bucket === undefined) return null
  return (
    <span>
      {dayOf(start)} {clockTime(start)} – {clockTime(start + props.histogram.stepMs)} ·{' '}
      {count(bucket.traces, 'trace')}
      {bucket.errors > 0 && <span className="err"> · {count(bucket.errors, 'error')}</span>}
    </span>
  )
}

const dayMs = 86_400_000

function axisText(unixMs: number, histogram: HistogramResponse): string {
  const span = histogram.stepMs * histogram.buckets.length
  const clock = span <= 10 * 60_000 ? clockTime(unixMs) : clockTime(unixMs).slice(0, 5)
  return span > dayMs ? `${dayOf(unixMs)} ${clock}` : clock
}
