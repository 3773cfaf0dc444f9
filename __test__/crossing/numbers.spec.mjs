// Numbers of things, of which a process that lives for long makes more than 32 bits can count.
//
// Promises that everything which travels by number does so on both sides of 2^31, of 2^32 and of 2^40.

import test from 'ava'
import { AsyncRunner, Event, Future, Queue, Server, currentTask } from 'threaded-async'
import { native } from '../../dist/internals.js'

let made = 0

/** As if so many things had been made by now. */
function skipTo(number) {
  native.idSkip(number - made)
  made = number
}

/** All kinds of things at once, as arguments, as results and in themselves. */
async function useAll(t) {
  const runner = new AsyncRunner()
  const [queue, event, future] = [new Queue(runner), new Event(), new Future()]
  const task = runner.createTask(
    async (queue, event, future) => {
      event.set()
      await queue.put([event, future])
      return { name: currentTask().name, queue, sum: (await future.result()) + 1 }
    },
    [queue, event, future],
    { name: 'all' },
  )
  event.wait()
  t.deepEqual(queue.getWait(), [event, future])
  future.setResult(41)
  t.deepEqual(task.wait(), { name: 'all', queue, sum: 42 })
  t.is(await runner.createTask(task => task.result().then(({ sum }) => sum), [task]).result(), 42)

  const shared = new Int32Array(new SharedArrayBuffer(4))
  runner.run(shared => void (shared[0] = 7), [shared])
  t.is(shared[0], 7)

  const never = runner.createTask(queue => queue.get(), [queue], { name: 'never' })
  never.cancel()
  t.throws(() => never.wait(), { code: 'ERR_CANCELLED' })
  const failing = runner.createTask(() => Promise.reject(new RangeError('so')))
  t.throws(() => failing.wait(), { instanceOf: RangeError })
  event.clear()
  const stuck = runner.createTask(
    (event, until) => {
      event.set()
      while (Atomics.load(until, 0) === 7);
    },
    [event, shared],
    { name: 'stuck' },
  )
  event.wait()
  t.throws(() => runner.run(() => {}, [], { timeout: 20 }), { message: /held by task 'stuck'/ })
  Atomics.store(shared, 0, 8)
  stuck.wait()
  await runner.closeAsync()
}

function serve(t) {
  const server = new Server({ handlers: { double: number => number * 2 } })
  const client = server.createClient()
  const task = server.createBackgroundTask(
    async client => (await client.double(1)) + (await client.double(2)),
    [client],
  )
  server.processUntil(task)
  t.is(task.wait(), 6)
  server.close()
}

for (const [name, number] of Object.entries({ '2^31': 2 ** 31, '2^32': 2 ** 32, '2^40': 2 ** 40 })) {
  test.serial(`everything goes on when the ${name}th thing is made`, async t => {
    skipTo(number - 6)
    await useAll(t)
    serve(t)
    await useAll(t)
  })
}
