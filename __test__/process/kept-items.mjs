// Keeps one short item of each of many batches, in a queue and in JavaScript, and looks at how much memory that takes.
//
// Promises that neither keeps the batch: a text that is part of another would keep all of it, and so would an item that
// shares its memory with those it came with. Prints `pass`.

import { LifoQueue, PriorityQueue, Queue } from 'threaded-async'

const BATCHES = 300
const TEXT = 'x'.repeat(1000)
const MIB = 1 << 20

/** A megabyte and a half in all, of which the last item is small. */
const batch = [...Array.from({ length: 1500 }, (_, index) => `${index}${TEXT}`), { small: true }]

function used() {
  globalThis.gc()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { own: heapUsed + external, rss }
}

function check(holds, what) {
  if (holds) return
  console.log(`failed: ${what}`)
  process.exit(1)
}

const queue = new Queue()
const [last, lowest] = [new LifoQueue(), new PriorityQueue()]
for (let warm = 0; warm < 20; warm++) {
  queue.putManyWait(batch)
  queue.getManyWait(batch.length)
}
const before = used()

const kept = []
for (let count = 0; count < BATCHES; count++) {
  queue.putManyWait([`a short line, number ${count}`, ...batch])
  kept.push(queue.getManyWait(batch.length + 1)[0])
}
check(used().own - before.own < 4 * MIB, `JavaScript keeps ${(used().own - before.own) / MIB} MiB`)

for (let count = 0; count < BATCHES; count++) {
  queue.putManyWait(batch)
  queue.getManyWait(batch.length - 1)
  const small = queue.getManyWait(1)
  last.putManyWait([...small, ...batch.slice(0, 100)])
  last.getManyWait(100)
  lowest.putManyWait(small, { priority: 9 })
  lowest.putManyWait(batch.slice(0, 100), { priority: 1 })
  lowest.getManyWait(100)
}
check(last.qsize() === BATCHES && lowest.qsize() === BATCHES, 'the small items are still there')
check(used().rss - before.rss < 60 * MIB, `the core keeps ${(used().rss - before.rss) / MIB} MiB`)
console.log('pass')
