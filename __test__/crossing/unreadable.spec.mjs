// Values that were sent and cannot be read where they arrive: their owner is told, and nothing else is lost.

import test from 'ava'
import { AsyncRunner, Event, Future, Queue, Server, taskModule } from 'threaded-async'
import { deep } from './unreadable-tasks.mjs'

const tasks = taskModule(new URL('./unreadable-tasks.mjs', import.meta.url))
const options = { resourceLimits: { stackSizeMb: 0.3 }, allowBlocking: true }
const timeout = 20_000
const code = 'ERR_UNCLONEABLE'

let small
test.before(() => {
  small = new AsyncRunner(options)
})
test.after('the loop is whole', t => {
  t.is(small.run(tasks.nothing, [], { timeout }), 'ran')
  t.is(small.statistics().tasksRunning, 0)
  small.close()
})

function queueOf(...items) {
  const queue = new Queue()
  for (const item of items) queue.putNowait(item)
  return queue
}

test('a task whose arguments cannot be read fails with that error', t => {
  for (const create of [
    () => small.createTask(tasks.nothing, [deep()]),
    () => small.createTask(x => x, [1, [deep()]], { name: 'named' }),
    () => small.createTask(tasks.nothing, [deep()], { timeout: 60_000 }),
  ]) {
    const task = create()
    const error = t.throws(() => task.wait({ timeout }), { code })
    t.regex(error.message, /nested too deeply for what is left of this thread's stack/)
    t.deepEqual([task.done(), task.cancelled()], [true, false])
  }
  t.throws(() => small.run(tasks.nothing, [deep()], { timeout }), { code })
  t.throws(() => small.callInLoop(x => x, [deep()], { timeout }), { code })
})

const alone = ['get', 'getNowait', 'getWait']
const batches = ['getMany', 'getManyWait', 'clear']
const loops = ['forAwait', 'iterateWait']

for (const way of [...alone, ...batches, ...loops]) {
  test(`an item that cannot be read is thrown alone: ${way}`, t => {
    const taken = (...items) => small.run(tasks.take, [queueOf(...items), way], { timeout })
    const counts = way === 'clear' ? [3, 2] : [4, 4]
    if (batches.includes(way)) t.deepEqual(taken(1, deep(), 3, 4), [[1], counts[0], [code, 3, 4]])
    t.deepEqual(taken(deep(), 2, 3), [code, way === 'clear' ? 2 : 3, [2, 3]])
    t.deepEqual(taken(deep()), [code, way === 'clear' ? 0 : 1, []])
    if (loops.includes(way)) t.deepEqual(taken(1, deep(), 3), [code, 3, [3]])
  })
}

test('a batch that waits is served, and what cannot be read is thrown alone', t => {
  for (const items of [
    [deep(), 2, 3],
    [1, deep(), 3],
  ]) {
    // prettier-ignore
    const queue = new Queue()
    const ready = new Event()
    const task = small.createTask(tasks.takeLater, [queue, ready])
    ready.wait({ timeout })
    queue.putManyWait(items)
    const rest = items.slice(1).map(item => (typeof item === 'number' ? item : code))
    t.deepEqual(task.wait({ timeout }), [items[0] === 1 ? [1] : code, rest])
  }
})

test('handles in what cannot be read are let go of', t => {
  const value = () => [deep(), new Queue(), { in: new Event() }, [new Future()]]
  for (const way of [...alone, 'getManyWait', 'future']) {
    const future = new Future()
    future.setResult(value())
    const [before, after, failed] = small.run(tasks.heldAfter, [queueOf(value()), future, way], { timeout })
    t.deepEqual([after, failed], [before, code], way)
  }
})

test('what goes back to a queue is whole, and so are the handles in it', async t => {
  const queue = queueOf(deep(), [deep(), new Event(), new Queue()], new Event())
  const [, , left] = small.run(tasks.take, [queue, 'clear'], { timeout })
  t.deepEqual(left.slice(0, 1), [code])
  t.true(left[1] instanceof Event)
  left[1].set()
  await left[1].waitAsync({ timeout })
})

test('what a clear leaves is unfinished again', async t => {
  const queue = queueOf(deep(), 2, 3)
  const [, unfinished] = small.run(tasks.take, [queue, 'clear'], { timeout })
  t.is(unfinished, 2)
  queue.taskDone()
  const joined = queue.join({ timeout })
  queue.taskDone()
  await joined
})

test('what goes back to a queue serves those who wait there, first', t => {
  const queue = new Queue({ maxsize: 3 })
  queue.putManyWait([deep(), 2, 3])
  const putter = new AsyncRunner()
  const put = putter.createTask(q => q.putMany([4, 5]), [queue])
  putter.waitForNextEventloopIteration({ timeout })
  const [first, , left] = small.run(tasks.take, [queue, 'getMany'], { timeout })
  t.deepEqual([first, left], [code, [2, 3, 4, 5]])
  t.is(put.wait({ timeout }), 2)
  putter.close()
})

test('a future whose value cannot be read is still there for others', async t => {
  const future = new Future()
  future.setResult(deep())
  t.throws(() => small.run(tasks.resultOf, [future], { timeout }), { code })
  t.deepEqual(await future.result(), deep())
})

test('errors that cannot be read do not hide the others of a close', t => {
  const maker = new AsyncRunner({ ...options })
  const names = maker.run(
    async () => {
      const inner = new AsyncRunner()
      inner.createTask(() => { throw new Error('first') }) // prettier-ignore
      inner.createTask(() => {
        let error = new Error('bottom')
        for (let level = 0; level < 900; level++) error = new Error('level', { cause: error })
        throw error
      })
      inner.createTask(() => { throw new Error('last') }) // prettier-ignore
      try {
        await inner.closeAsync()
      } catch (group) {
        return group.exceptions.map(each => each.code ?? each.message)
      }
    },
    [],
    { timeout },
  )
  t.deepEqual(names, ['first', code, 'last'])
  maker.close()
})

test('a request that cannot be read rejects its call, and the others are handled', t => {
  const answers = ['number', code, 'string']
  t.deepEqual(small.run(tasks.serve, ['processUntil'], { timeout }), answers)
  // Here the caller hears of it as of what a handler throws.
  for (const way of ['process', 'processAll'])
    t.deepEqual(small.run(tasks.serve, [way], { timeout }), [...answers, code])
  const server = new Server()
  const serving = small.createTask(tasks.serveAwaiting, [server, 3])
  const calls = server.createBackgroundTask(tasks.callWithDeep, [server.createClient()], { timeout })
  t.deepEqual(serving.wait({ timeout }), ['take', code, 'take'])
  t.deepEqual(calls.wait({ timeout }), answers)
  server.close()
})
