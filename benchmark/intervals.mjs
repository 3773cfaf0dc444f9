// How far apart the ticks of a timer of one millisecond are on the loop that runs this.

/** Resolves with the milliseconds from each tick to the next: of so many ticks, or of those within `limit` milliseconds. */
export function intervals(ticks, limit) {
  return new Promise(resolve => {
    const found = []
    const start = performance.now()
    let last = start
    const timer = setInterval(() => {
      const now = performance.now()
      found.push(now - last)
      last = now
      if (found.length < ticks && now - start < limit) return
      clearInterval(timer)
      resolve(found)
    }, 1)
  })
}
