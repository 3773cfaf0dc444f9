// Calls doors at every depth near the end of the stack, where a call may fail at any point of it.
//
// Promises that a wait which could not begin leaves nothing behind: there are as many waiters as promises that wait, what
// was put is in, nobody waits any more once the waits are over, and nothing of ours is uncaught; and that a wait whose signal is
// aborted there goes on, or its promise rejects. Prints `pass`.

import { Event, Future, Queue } from 'threaded-async'

const DEPTHS = 600
const plain = n => n
const nested = n => ({ n, in: [1, { b: 'x' }] })

function check(holds, what) {
  if (holds) return
  console.log(`failed: ${what}`)
  process.exit(1)
}

/** Calls once at each depth. V8 may fail at several levels at once; only RangeErrors are expected. */
function atEachDepth(call, padding = []) {
  let depths = 0
  function descend() {
    try {
      Reflect.apply(descend, undefined, padding)
    } catch {}
    if (depths++ >= DEPTHS) return
    try {
      call()
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
  }
  descend()
}

/** The awaiting calls made at each depth: those that go on waiting, and how those that do not have failed. */
async function begun(call, waiting) {
  const promises = []
  let count = 0
  atEachDepth(() => {
    promises[count] = call()
    count++
  })
  const failures = []
  for (const promise of promises) promise.catch(error => failures.push(error))
  await new Promise(resolve => setImmediate(resolve))
  check(promises.length > 0, 'some calls are made')
  check(
    failures.every(error => error instanceof RangeError),
    String(failures),
  )
  check(waiting() === promises.length - failures.length, `${call}: a waiter for each promise and no more`)
  return promises
}

async function waitsFor(make, wait, waitersOf, end) {
  for (const options of [undefined, { timeout: 60_000 }, { signal: new AbortController().signal }]) {
    const handle = make()
    const promises = await begun(
      () => wait(handle, options),
      () => waitersOf(handle.statistics()),
    )
    end(handle, promises.length)
    await Promise.allSettled(promises)
    check(waitersOf(handle.statistics()) === 0, `${wait}: no waiter is left`)
  }
}

for (const item of [plain, nested]) {
  let puts = 0
  const queue = new Queue()
  atEachDepth(() => {
    queue.putNowait(item(puts))
    puts++
  })
  atEachDepth(() => {
    queue.putWait(item(puts))
    puts++
  })
  check(queue.qsize() >= puts, 'what a put said to be in is in')
  const promises = []
  let begun = 0
  // Without a call of its own after the put, which might find the stack at its end.
  atEachDepth(() => {
    promises[begun] = queue.put(item(0))
    begun++
  })
  const results = await Promise.allSettled(promises)
  puts += results.filter(({ status }) => status === 'fulfilled').length
  check(queue.qsize() >= puts, 'what a put has resolved for is in')
}

await waitsFor(
  () => new Queue(),
  (queue, options) => queue.get(options),
  ({ getters }) => getters,
  (queue, count) => {
    for (let n = 0; n < count; n++) queue.putNowait(n)
  },
)
await waitsFor(
  () => {
    const full = new Queue({ maxsize: 1 })
    full.putNowait(0)
    return full
  },
  (queue, options) => queue.put(1, options),
  ({ putters }) => putters,
  queue => {
    while (!queue.empty()) queue.getNowait()
  },
)
await waitsFor(
  () => new Event(),
  (event, options) => event.waitAsync(options),
  ({ waiters }) => waiters,
  event => event.set(),
)
await waitsFor(
  () => new Future(),
  (future, options) => future.result(options),
  ({ waiters }) => waiters,
  future => future.setResult(1),
)
// Node may not hear an abort there, and reports what a listener has thrown as uncaught.
process.on('uncaughtException', error => check(error instanceof RangeError, String(error)))
for (let size = 0; size < 6; size++) {
  const queue = new Queue()
  const controllers = Array.from({ length: DEPTHS }, () => new AbortController())
  let waiting = DEPTHS * 3
  const left = controllers.map(() => 3)
  const waits = controllers.flatMap(({ signal }, of) =>
    [0, 1, 2].map(() =>
      queue.get({ signal }).catch(() => {
        waiting--
        left[of]--
      }),
    ),
  )
  let next = 0
  atEachDepth(
    () => {
      if (next < DEPTHS) controllers[next++].abort()
    },
    Array.from({ length: size }, () => 0),
  )
  await new Promise(resolve => setImmediate(resolve))
  check(waiting < DEPTHS * 3, 'some aborts are heard')
  check(
    left.every(count => count === 0 || count === 3),
    'a signal that is heard cuts all of its waits',
  )
  check(queue.statistics().getters === waiting, 'an aborted wait goes on, or its promise rejects')
  while (queue.statistics().getters > 0) queue.putNowait(0)
  await Promise.all(waits)
}
console.log('pass')
