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

/** Queues, events, futures and tasks, as arguments, as results and in themselves. */
async function passAll(t, runner) {
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
}

function shareMemory(t, runner) {
  const shared = new Int32Array(new SharedArrayBuffer(4))
  runner.run(shared => void (shared[0] = 7), [shared])
  t.is(shared[0], 7)
}

function endOtherwise(t, runner) {
  const never = runner.createTask(queue => queue.get(), [new Queue(runner)], { name: 'never' })
  never.cancel()
  t.throws(() => never.wait(), { code: 'ERR_CANCELLED' })
  const failing = runner.createTask(() => Promise.reject(new RangeError('so')))
  t.throws(() => failing.wait(), { instanceOf: RangeError })
}

function nameTheHolder(t, runner) {
  const [held, release] = [new Event(), new Int32Array(new SharedArrayBuffer(4))]
  const stuck = runner.createTask(
    (held, release) => {
      held.set()
      while (Atomics.load(release, 0) === 0);
    },
    [held, release],
    { name: 'stuck' },
  )
  held.wait()
  t.throws(() => runner.run(() => {}, [], { timeout: 20 }), { message: /held by task 'stuck'/ })
  Atomics.store(release, 0, 1)
  stuck.wait()
}

async function useAll(t) {
  const runner = new AsyncRunner()
  await passAll(t, runner)
  shareMemory(t, runner)
  endOtherwise(t, runner)
  nameTheHolder(t, runner)
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
