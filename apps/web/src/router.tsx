import type { QueryClient } from '@tanstack/react-query'
import type { RouterHistory } from '@tanstack/react-router'
import {
  createBrowserHistory,
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { parseSpanId } from '@waybill/model'
import { readCompareSearch } from './pages/compare/search.ts'
import { readExploreSearch } from './pages/explore/search.ts'
import { readMapSearch } from './pages/map/search.ts'
import { readTraceSearch } from './pages/trace/search.ts'
import { parseSearch, writeSearch } from './search-text.ts'
import { CrashedPage, UnknownPage } from './shell/failures.tsx'
import { Shell } from './shell/shell.tsx'

const root = createRootRouteWithContext<{ readonly queryClient: QueryClient }>()({
  component: Shell,
  notFoundComponent: UnknownPage,
  errorComponent: CrashedPage,
})

const explore = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: readExploreSearch,
  component: lazyRouteComponent(() => import('./pages/explore/explore.tsx'), 'Explore'),
})

const trace = createRoute({
  getParentRoute: () => root,
  path: '/trace/$traceId',
  validateSearch: readTraceSearch,
  // Jaeger's links name a span, or a text to find, as `uiFind`.
  beforeLoad: ({ location, params }) => {
    const find = (location.search as Record<string, unknown>)['uiFind']
    if (typeof find !== 'string' || find === '') return
    const span = parseSpanId(find)
    const search = span !== undefined && find.length === 16 ? { span } : { filter: find }
    throw redirect({ to: '/trace/$traceId', params, search, replace: true })
  },
  component: lazyRouteComponent(() => import('./pages/trace/page.tsx'), 'TracePage'),
})

const compare = createRoute({
  getParentRoute: () => root,
  path: '/compare',
  validateSearch: readCompareSearch,
  component: lazyRouteComponent(() => import('./pages/compare/page.tsx'), 'ComparePage'),
})

const map = createRoute({
  getParentRoute: () => root,
  path: '/map',
  validateSearch: readMapSearch,
  component: lazyRouteComponent(() => import('./pages/map/map.tsx'), 'MapPage'),
})

const jaegerDependencies = createRoute({
  getParentRoute: () => root,
  path: '/dependencies',
  beforeLoad: () => {
    throw redirect({ to: '/map', search: {}, replace: true })
  },
})

const jaegerSearch = createRoute({
  getParentRoute: () => root,
  path: '/search',
  beforeLoad: async ({ location }) => {
    const { fromJaegerSearch } = await import('./pages/search/jaeger.ts')
    const search = fromJaegerSearch(location.search as Record<string, string>)
    throw redirect({ to: '/', search, replace: true })
  },
})

/** The routes of the application, below the base path of the document. */
export function makeRouter(queryClient: QueryClient, history: RouterHistory = createBrowserHistory()) {
  return createRouter({
    history,
    routeTree: root.addChildren([explore, trace, compare, jaegerSearch, map, jaegerDependencies]),
    basepath: new URL(document.baseURI).pathname,
    context: { queryClient },
    parseSearch,
    stringifySearch: writeSearch,
    defaultPreload: 'intent',
    scrollRestoration: false,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    readonly router: ReturnType<typeof makeRouter>
  }
}
