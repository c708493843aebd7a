import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import { firstLoadBudget } from './build/budget.ts'

const server = process.env['WAYBILL_DEV_SERVER'] ?? 'http://127.0.0.1:16686'

export default defineConfig({
  // Relative addresses, resolved against <base>: the same build serves under any base path.
  base: './',
  plugins: [
    react(),
    firstLoadBudget({
      pages: ['pages/explore/explore.tsx'],
      maxGzipBytes: 250_000,
      later: ['@dagrejs/dagre', 'src/graph/'],
    }),
  ],
  server: { host: '127.0.0.1', proxy: { '/api': server } },
  build: {
    target: 'es2022',
    // Data addresses would need a wider Content-Security-Policy, inline preload scripts too.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: {
    environment: 'jsdom',
    include: ['{src,build}/**/*.test.{ts,tsx}'],
    setupFiles: ['./src/test-setup.ts', '../../scripts/testing/property-seed.ts'],
    testTimeout: 20_000,
  },
})
