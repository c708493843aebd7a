import { CSPProvider } from '@base-ui/react/csp-provider'
import { Tabs } from '@base-ui/react/tabs'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { lazy, Suspense, useDeferredValue, useMemo, useRef } from 'react'
import { lastExplore } from '../../shell/last-explore.ts'
import { useKeys } from '../../ui/keys.ts'
import { DetailPanel } from './detail/panel.tsx'
import { EventsTab } from './events-tab.tsx'
import { TraceHeader, TraceHeaderWaiting } from './header.tsx'
import { JsonTab } from './json-tab.tsx'
import { MessagesTab } from './messages-tab.tsx'
import type { TraceModel } from './model.ts'
import type { TraceTab } from './search.ts'
import type { TraceChange } from './state.ts'
import { useTraceState } from './state.ts'
import { Timeline } from './timeline/timeline.tsx'
import { Tools } from './tools.tsx'

/** Places of boxes and lines come from a library that no other tab needs. */
const GraphTab = lazy(() => import('./graph/graph-tab.tsx').then(module => ({ default: module.GraphTab })))

/** Traces with more rows show these before the rest is worked out. */
const largeTrace = 3000

/** A trace that is there: its head, its tabs, and the panel of the selected row. */
export function TraceView(props: { readonly model: TraceModel }): ReactNode {
  const { model } = props
  const [state, change] = useTraceState()
  const filterBox = useRef<HTMLInputElement>(null)
  const navigate = useNavigate()
  const tab = state.tab ?? 'timeline'
  const selected = state.span === undefined ? undefined : model.rowOfKey.get(state.span)
  const leave = () => {
    if (state.span !== undefined) change({ span: undefined })
    else if (state.filter !== undefined) change({ filter: undefined })
    else void navigate({ to: '/', search: lastExplore() })
  }
  useKeys({
    title: 'Trace',
    bindings: [
      { keys: ['f'], label: 'Filter the spans', run: () => focusFilter(filterBox.current, change) },
      { keys: ['Escape'], label: 'Back: from the details, the filter, the trace', run: leave },
    ],
  })
  // The rows of a large trace are drawn first; what the trace was as a whole follows a moment later.
  const known = useDeferredValue(model, model.tree.rows.length > largeTrace ? undefined : model)
  const events = useMemo(() => eventCount(model), [model])

  return (
    // Base UI must not write <style> elements: the Content-Security-Policy allows none.
    <CSPProvider disableStyleElements>
      <Tabs.Root
        className="trace-page"
        value={tab}
        onValueChange={(next: TraceTab) => change({ tab: next === 'timeline' ? undefined : next })}
      >
        {known === undefined ? <TraceHeaderWaiting /> : <TraceHeader model={known} />}
        <div className="trace-bar">
          <Tabs.List className="tabs" aria-label="Views of the trace">
            <Tabs.Tab value="timeline" className="tab">
              Timeline
            </Tabs.Tab>
            <Tabs.Tab value="graph" className="tab">
              Graph
            </Tabs.Tab>
            <Tabs.Tab value="messages" className="tab">
              Messages{' '}
              <small>{known && known.response.messages.length + known.findings().unreceived.length}</small>
            </Tabs.Tab>
            <Tabs.Tab value="events" className="tab">
              Events <small>{events}</small>
            </Tabs.Tab>
            <Tabs.Tab value="json" className="tab">
              JSON
            </Tabs.Tab>
          </Tabs.List>
          <span className="grow" />
          {tab === 'timeline' && (
            <Tools model={model} state={state} onChange={change} filterBox={filterBox} />
          )}
        </div>
        <div className="trace-body" data-panel={selected !== undefined || undefined}>
          <Tabs.Panel value="timeline" className="trace-tab is-timeline" tabIndex={-1}>
            <Timeline
              model={model}
              state={known === undefined ? { ...state, path: 'off' } : state}
              onChange={change}
            />
          </Tabs.Panel>
          <Tabs.Panel value="graph" className="trace-tab is-graph" tabIndex={-1}>
            <Suspense fallback={<output className="graph-waiting faint">drawing the graph …</output>}>
              <GraphTab model={model} selected={selected} onSelect={span => change({ span })} />
            </Suspense>
          </Tabs.Panel>
          <Tabs.Panel value="messages" className="trace-tab">
            <MessagesTab model={model} onSelect={span => change({ span })} />
          </Tabs.Panel>
          <Tabs.Panel value="events" className="trace-tab">
            <EventsTab model={model} onSelect={span => change({ span })} />
          </Tabs.Panel>
          <Tabs.Panel value="json" className="trace-tab">
            <JsonTab model={model} />
          </Tabs.Panel>
          {selected !== undefined && (
            <DetailPanel model={model} index={selected} onSelect={span => change({ span })} />
          )}
        </div>
      </Tabs.Root>
    </CSPProvider>
  )
}

function eventCount(model: TraceModel): number {
  return model.response.trace.spans.reduce((sum, span) => sum + span.events.length, 0)
}

function focusFilter(box: HTMLInputElement | null, change: (change: TraceChange) => void): void {
  change({ tab: undefined })
  box?.focus()
  box?.select()
}
