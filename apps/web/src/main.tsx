import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { makeQueryClient } from './api/questions.ts'
import { makeRouter } from './router.tsx'
import { setTheme, storedTheme } from './theme/theme.ts'
import './theme/tokens.css'
import './theme/base.css'
import './ui/parts.css'
import './ui/table.css'

setTheme(storedTheme())

const place = document.getElementById('root')
if (place === null) throw new Error('The page has no #root to draw in.')
const queryClient = makeQueryClient()
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={makeRouter(queryClient)} />
    </QueryClientProvider>
  </StrictMode>,
)
