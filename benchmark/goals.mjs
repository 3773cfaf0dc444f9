// What a row is meant to reach, and whether it did. Ratios where there is a rival, figures where there is none.
//
// A goal is of one contestant, `of`, and of its median, its `p90` or its `p99`. `against` a rival it is either so many
// times faster (`ratio`) or takes at most so many times as long (`within`), `and` so much more; with `above` it is at most so much more than
// another's figure (`atMost`); by itself it is at most so much. Only informs: a shared machine proves nothing.

/** Whether a goal is 'reached' or 'missed', with `actual`, or 'not measured' where a contestant is absent. */
export function judge(goal, figures) {
  const { of, against, above, percentile = 'median' } = goal
  const figure = name => figures.find(candidate => candidate.name === name)?.[percentile]
  const own = figure(of)
  const other = figure(against ?? above)
  if (own === undefined || ((against ?? above) !== undefined && other === undefined)) return { outcome: 'not measured' }
  const { actual, isReached } = compare(goal, own, other)
  return { outcome: isReached ? 'reached' : 'missed', actual }
}

function compare({ above, ratio, within, and = 0, atMost }, own, other) {
  if (ratio !== undefined) return { actual: other / own, isReached: other / own >= ratio }
  if (within !== undefined) return { actual: own / other, isReached: own <= within * other + and }
  const actual = above === undefined ? own : own - other
  return { actual, isReached: actual <= atMost }
}

/** The goal in words. */
export function sentence({ of, against, above, ratio, within, and, atMost, percentile = 'median' }, unit) {
  const subject = percentile === 'median' ? of : `${of}, ${percentile.slice(1)}th percentile`
  if (ratio !== undefined) return `${subject}: ${ratio}× faster than ${against}`
  const more = and === undefined ? '' : ` and ${and} ${unit}`
  if (within !== undefined) return `${subject}: at most ${within}× ${against}${more}`
  if (above !== undefined) return `${subject}: at most ${atMost} ${unit} above ${above}`
  return `${subject}: at most ${atMost} ${unit}`
}

/** What came out instead, in the goal's own measure. */
export function shown({ ratio, within }, actual, unit) {
  return ratio === undefined && within === undefined ? `${digits(actual)} ${unit}` : `${digits(actual)}×`
}

/** Three significant digits, and never an exponent. */
export function digits(figure) {
  const size = Math.abs(figure)
  if (size >= 100) return figure.toFixed(0)
  if (size >= 10) return figure.toFixed(1)
  return size >= 0.1 || size === 0 ? figure.toFixed(2) : figure.toFixed(3)
}
