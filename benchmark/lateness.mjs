// How late a timer of one millisecond ticks on the loop that runs this.

/** Resolves with the milliseconds by which each of so many ticks came later than one millisecond after the last. */
export function lateness(ticks) {
  return new Promise(resolve => {
    const late = []
    let last = performance.now()
    const timer = setInterval(() => {
      const now = performance.now()
      late.push(now - last - 1)
      last = now
      if (late.length < ticks) return
      clearInterval(timer)
      resolve(late)
    }, 1)
  })
}
