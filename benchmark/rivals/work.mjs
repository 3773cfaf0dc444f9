// Work that takes a while, the same on whichever thread: a text is parsed and written again, so many times.

const text = JSON.stringify(
  Array.from({ length: 20 }, (_, id) => ({
    id,
    name: `row ${id}`,
    tags: ['a', 'b', id],
    text: 'lorem ipsum '.repeat(3),
  })),
)

export function work(times) {
  let length = 0
  for (let time = 0; time < times; time++) length += JSON.stringify(JSON.parse(text)).length
  return length
}

/** How many times take so many microseconds on this thread. */
export function timesFor(microseconds) {
  work(5000)
  let least = Infinity
  for (let round = 0; round < 20; round++) {
    const start = performance.now()
    work(50)
    least = Math.min(least, ((performance.now() - start) * 1000) / 50)
  }
  return Math.max(1, Math.round(microseconds / least))
}
