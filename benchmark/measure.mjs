// How the figures come about: rounds of all contestants in turn, after a warm-up, and the median of all of them.
//
// The machines this runs on are shared and noisy. So a rival is always measured in the same minute, no single round
// counts, and what is compared between runs is the ratio, never the time. `spread` tells how far to trust a median: half
// of the rounds had theirs in between.

import { roundsOf } from './options.mjs'

/** The value below which `share` of the values lie. */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

/** Microseconds of each of `count` calls. */
export function latencies(count, call) {
  const times = new Float64Array(count)
  for (let index = 0; index < count; index++) {
    const start = performance.now()
    call(index)
    times[index] = (performance.now() - start) * 1000
  }
  return times
}

/** The same of calls that are awaited. */
export async function awaitedLatencies(count, call) {
  const times = new Float64Array(count)
  for (let index = 0; index < count; index++) {
    const start = performance.now()
    await call(index)
    times[index] = (performance.now() - start) * 1000
  }
  return times
}

/**
 * Runs a row: every contestant is set up, warmed up, and measured once per round in turn.
 * A contestant is `{ name, setUp() }`, where `setUp` returns `{ round(), tearDown(), note }`, and `round` figures; or
 * `{ absent }`, which says why it cannot be measured here. `warms` is false where every round is a process of its own.
 */
export async function measure({ rounds, contestants, warms = true }) {
  const present = []
  const absent = []
  for (const { name, setUp } of contestants) {
    const set = await setUp()
    if (set.absent === undefined) present.push({ name, ...set, figures: [] })
    else absent.push({ name, absent: set.absent })
  }
  if (warms) for (const { round } of present) await round()
  for (let index = roundsOf(rounds); index > 0; index--) {
    for (const contestant of present) contestant.figures.push([await contestant.round()].flat())
  }
  for (const { tearDown } of present) await tearDown?.()
  return [...present.map(summary), ...absent]
}

function summary({ name, note, figures }) {
  const all = figures.flat()
  const medians = figures.map(round => quantile(round, 0.5))
  return {
    name,
    note,
    median: quantile(all, 0.5),
    p90: quantile(all, 0.9),
    p99: quantile(all, 0.99),
    spread: [quantile(medians, 0.25), quantile(medians, 0.75)],
    rounds: figures.length,
    count: all.length,
  }
}
