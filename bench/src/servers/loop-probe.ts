import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

/*
 * Preloaded into a server under test: keeps a histogram of how late a timer of one millisecond is, and writes it to
 * BENCH_LOOP_FILE at each SIGUSR2, then starts anew.
 */

const resolutionMs = 1
const file = process.env['BENCH_LOOP_FILE']
const histogram = monitorEventLoopDelay({ resolution: resolutionMs })
histogram.enable()
// What is recorded is the time between two ticks: the timer's own length belongs to it.
const lateMs = (nanos: number): number => Math.max(0, nanos / 1e6 - resolutionMs)

if (file !== undefined)
  process.on('SIGUSR2', () => {
    const delay = { p99Ms: lateMs(histogram.percentile(99)), worstMs: lateMs(histogram.max) }
    writeFileSync(file, `${JSON.stringify(delay)}\n`)
    histogram.reset()
  })
