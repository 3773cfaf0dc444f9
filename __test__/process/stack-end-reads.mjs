// stack-end-reads.mjs [number]: takes items and requests at every depth near the end of the stack.
//
// Reading them may fail at any point of it: the frames of the caller are of another size for each kind and way, and from
// number to number. Promises that nothing is lost or doubled: what was not returned is still in the queue, in its place; a
// call is handled at most once, and answered, rejected or cancelled. Prints `pass`.

import { Queue, select, selectWait, Server } from 'threaded-async'

const DEPTHS = 800
const CALLS = 900
let total = 0

function check(holds, what) {
  if (holds) return
  console.log(`failed: ${what}`)
  process.exit(1)
}

function isExpected(error) {
  return error instanceof RangeError || error.name === 'QueueEmpty'
}

let sweeps = Number(process.argv[2] ?? 0)

/** Calls once at each depth, the deepest first. With each sweep the frames have another size; `most` have the size of all. */
function atEachDepth(call, most = DEPTHS) {
  const least = Math.floor((8 * DEPTHS) / most) - 8
  const padding = Array.from({ length: least + ((sweeps++ * 5) % 13) }, () => 0)
  let depths = 0
  function descend() {
    try {
      Reflect.apply(descend, undefined, padding)
    } catch {}
    if (depths++ < most) call()
  }
  descend()
}

/** An object in an object, and so on: to read it takes more of the stack than taking it leaves. */
function deep(n) {
  let value = { n }
  for (let level = 0; level < 300; level++) value = { n, in: value }
  return value
}

const kinds = {
  number: [n => n, item => item],
  text: [n => `${n}`, Number],
  bigint: [n => 2n ** 70n + BigInt(n), item => Number(item - 2n ** 70n)],
  nested: [n => ({ n, in: [1, { b: 'x' }] }), item => item.n],
  handle: [n => ({ n, in: [new Queue()] }), item => item.n],
  large: [n => ({ n, text: 'x'.repeat(70_000) }), item => item.n, 50],
  deep: [deep, item => item.n, 100],
}

const waiting = {
  getNowait: queue => queue.getNowait(),
  getWait: queue => queue.getWait(),
  iterateWait: (queue, { blocking }) => blocking().next(),
  getManyWait: queue => queue.getManyWait(3),
  selectWait: queue => selectWait([queue.getOp()]),
  clear: queue => queue.clear(),
}

const awaiting = {
  get: queue => queue.get(),
  getWithOptions: queue => queue.get({ timeout: 60_000, signal: new AbortController().signal }),
  next: (queue, { items }) => items.next(),
  nextBatch: (queue, { batches }) => batches.next(),
  getMany: queue => queue.getMany(3),
  select: queue => select([queue.getOp()]),
}

const holdsValue = ['iterateWait', 'next', 'nextBatch', 'select', 'selectWait']

/** Awaiting ones may have parked, where `clear` has left nothing. */
async function settled(promises, count) {
  const results = await Promise.allSettled(promises.slice(0, count))
  const failures = results.filter(({ status }) => status === 'rejected').map(({ reason }) => reason)
  check(
    failures.every(isExpected),
    `only the stack is at its end: ${failures.find(error => !isExpected(error))?.stack}`,
  )
  return results.filter(({ status }) => status === 'fulfilled').map(({ value }) => value)
}

async function takes(kind, way) {
  const [make, numberOf, depths = DEPTHS] = kinds[kind]
  const count = 3 * depths + 1
  const queue = new Queue()
  for (let n = 0; n < count; n++) queue.putNowait(make(n))
  const iterators = {
    items: queue[Symbol.asyncIterator](),
    batches: queue.batches(3),
    blocking: () => queue.iterateWait(),
  }
  const take = waiting[way] ?? awaiting[way]
  const taken = Array.from({ length: depths })
  const failures = Array.from({ length: depths })
  let succeeded = 0
  let failed = 0
  // No call of the program's own behind the take, which could fail as well.
  atEachDepth(() => {
    try {
      taken[succeeded] = take(queue, iterators)
      succeeded++
    } catch (error) {
      failures[failed++] = error
    }
  }, depths)
  const wrong = failures.slice(0, failed).find(error => !isExpected(error))
  check(wrong === undefined, `only the stack is at its end: ${wrong?.stack}`)
  const values = way in awaiting ? await settled(taken, succeeded) : taken.slice(0, succeeded)
  const got = values.flatMap(value => (holdsValue.includes(way) ? value.value : value)).map(numberOf)
  const all = [...got, ...queue.clear().map(numberOf)]
  total += got.length
  check(all.join() === Array.from({ length: count }, (_, n) => n).join(), `${kind}, ${way}: all in their order`)
}

async function serves(way, options) {
  const handled = new Map()
  const handle = ({ n }) => {
    handled.set(n, (handled.get(n) ?? 0) + 1)
    return n
  }
  class Overriding extends Server {
    handleRequest({ args }, future) {
      future.setResult(handle(args[0]))
    }
  }
  const { overrides, handlerErrors } = options
  const server = new (overrides ? Overriding : Server)({ handlers: { take: handle }, queueSize: CALLS, handlerErrors })
  const task = server.createBackgroundTask(
    async (client, count) => {
      const calls = Array.from({ length: count }, (_, n) => client.take({ n, in: [1, { b: 'x' }] }))
      const results = await Promise.allSettled(calls)
      return results.map(({ status, value, reason }) => (status === 'fulfilled' ? value : reason.name))
    },
    [server.createClient(), CALLS],
  )
  atEachDepth(() => {
    try {
      if (way === 'processUntil') server.processUntil(task)
      else server[way](way === 'processAll' ? { maxRequests: 1 } : undefined)
    } catch {}
  })
  while (!task.done()) {
    try {
      server.processAll()
    } catch {}
  }
  const results = task.wait()
  const rejected = results.filter(result => typeof result !== 'number')
  check(
    rejected.every(name => name === 'RangeError' || name === 'CancelledError'),
    `${way}: only the stack was at its end: ${rejected}`,
  )
  check(rejected.length < DEPTHS, `${way}: some were answered at depth`)
  check(
    [...handled.values()].every(times => times === 1),
    `${way}: none was handled twice`,
  )
  check(
    results.every((result, n) => typeof result !== 'number' || (result === n && handled.has(n))),
    `${way}: each has its own answer`,
  )
  server.close()
}

for (const kind of Object.keys(kinds)) {
  for (const way of [...Object.keys(waiting), ...Object.keys(awaiting)]) await takes(kind, way)
}
for (const way of ['process', 'processAll', 'processUntil']) {
  for (const overrides of [false, true]) await serves(way, { overrides })
  await serves(way, { overrides: false, handlerErrors: 'reject' })
}
check(total > DEPTHS, 'most doors were open')
console.log('pass')
