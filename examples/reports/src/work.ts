import { setTimeout as delay } from 'node:timers/promises'
import type { Report } from './reports-table.ts'

const steps = 10

/**
 * Makes a report by asking ten services, one after the other. One that fails does not keep the others from
 * doing their part, but the report has failed then: rejects with the first error.
 */
export async function handleReport(report: Report, work: typeof doWork = doWork): Promise<void> {
  const errors: unknown[] = []
  for (let step = 0; step < steps; step++) {
    await work(step, report).catch(error => errors.push(error))
  }
  if (errors.length > 0) throw errors[0]
}

/** One service's part, which takes its time. Rejects if it is the one that was asked to fail. */
export async function doWork(step: number, report: Report): Promise<void> {
  await delay(20 + ((step * 37) % 80) + Math.random() * 40)
  if (step === report.failingStep) throw new Error(`service ${step} gave no figures for report ${report.id}`)
}
