// How the figures come about: rounds of all contestants in turn, after a warm-up, and the median of the rounds.
//
// The machines this runs on are shared and noisy. So a rival is always measured in the same minute, no single round
// counts, and what is compared between runs is the ratio, never the time.

/** The value below which `share` of the sorted values lie. */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

/** Microseconds per call of each of `count` calls. */
export function latencies(count, call) {
  const times = new Float64Array(count)
  for (let index = 0; index < count; index++) {
    const start = performance.now()
    call(index)
    times[index] = (performance.now() - start) * 1000
  }
  return times
}

/**
 * Runs a row: every contestant is set up, warmed up, and measured once per round in turn.
 * A contestant is `{ name, setUp() }`, where `setUp` returns `{ round(), tearDown(), note }`, and `round` figures; or
 * `{ absent }`, which says why it cannot be measured here.
 */
export async function measure({ rounds, contestants }) {
  const present = []
  const absent = []
  for (const { name, setUp } of contestants) {
    const set = await setUp()
    if (set.absent === undefined) present.push({ name, ...set, figures: [] })
    else absent.push({ name, absent: set.absent })
  }
  for (const { round } of present) await round()
  for (let index = 0; index < rounds; index++) {
    for (const contestant of present) contestant.figures.push(...[await contestant.round()].flat())
  }
  for (const { tearDown } of present) await tearDown?.()
  const measured = present.map(({ name, note, figures }) => ({
    name,
    note,
    median: quantile(figures, 0.5),
    p99: quantile(figures, 0.99),
    rounds: figures.length,
  }))
  return [...measured, ...absent]
}
