// Tasks of `stream.mjs`: the other end of each stream.
//
// Promises to throw at the first item that is not the next.

/** Awaits one item after the other, and returns how many came. */
export async function consume(queue, count) {
  for (let number = 0; number < count; number++) {
    const item = await queue.get()
    if (item !== number) throw new Error(`${item} instead of ${number}`)
  }
  return count
}

export async function produce(queue, count) {
  for (let number = 0; number < count; number++) await queue.put(number)
}

export function produceBlocking(queue, count) {
  for (let number = 0; number < count; number++) queue.putWait(number)
}

export async function produceMany(queue, count) {
  for (let number = 0; number < count;) {
    const items = Array.from({ length: Math.min(1 + (number % 50), count - number) }, () => number++)
    await queue.putMany(items)
  }
}
