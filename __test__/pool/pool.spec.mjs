// `RunnerPool`: tasks over several loops, and a function over many items.
//
// Promises to cover Y6 and Y7.

import ava from 'ava'
import { AsyncRunner, Event, Queue, RunnerPool, sleep, taskModule } from 'threaded-async'
import { tasksOf, untilAsync } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const tasks = taskModule(new URL('./tasks.mjs', import.meta.url))

function poolFor(t, options) {
  const pool = new RunnerPool({ size: 2, logForcedShutdownStackTrace: false, ...options })
  t.teardown(() => {
    try {
      pool.close()
    } catch {}
  })
  return pool
}

const range = (n, ms = 0) => Array.from({ length: n }, (_, i) => [i, ms])

async function collected(items) {
  const all = []
  for await (const item of items) all.push(item)
  return all
}

async function* slowly(items) {
  for (const item of items) {
    await new Promise(resolve => setTimeout(resolve, 1))
    yield item
  }
}

// --- Y6: tasks

test('Y6: a task goes to the loop with the fewest, and loops are started as they are needed', t => {
  const pool = poolFor(t, { name: 'work', size: 3 })
  t.is(
    pool.run(x => x * 2, [21]),
    42,
  )
  t.is(pool.statistics().running, 1)
  const started = [1, 2, 3].map(() => new Event())
  const queue = new Queue()
  const held = started.map(event => pool.createTask(tasks.held, [[queue, event]]))
  for (const event of started) event.wait({ timeout: 20_000 })
  const { size, running, tasksRunning, runners } = pool.statistics()
  t.deepEqual([size, running, tasksRunning], [3, 3, 3])
  t.deepEqual(
    runners.map(runner => [runner.name, runner.tasksRunning]),
    [
      ['work-1', 1],
      ['work-2', 1],
      ['work-3', 1],
    ],
  )
  held[1].cancel()
  t.throws(() => held[1].wait(), { code: 'ERR_CANCELLED' })
  t.regex(
    pool.run(() => AsyncRunner.current.name),
    /^work-2$/,
  )
  t.deepEqual([pool.name, pool.size, pool.isRunning], ['work', 3, true])
})

test('Y6: a task that creates tasks of its runner keeps its own thread', t => {
  const pool = poolFor(t)
  t.is(pool.run(tasks.within), 1)
})

test('Y6: a loop that has died is replaced before the next task', t => {
  const pool = poolFor(t)
  for (let i = 0; i < 3; i++) {
    t.throws(() => pool.run(tasks.exit, [1]), { code: 'ERR_RUNNER_DIED' })
    t.is(
      pool.run(x => x, [i]),
      i,
    )
  }
  t.is(pool.statistics().replaced, 3)
})

/** Has the next loop of a pool computed for until the function that is returned is called. */
function spinning(t, pool) {
  const [started, word] = [new Event(), new SharedArrayBuffer(4)]
  const task = pool.createTask(tasks.spin, [[started, word]])
  const release = () => Atomics.store(new Int32Array(word), 0, 1)
  t.teardown(release)
  started.wait({ timeout: 20_000 })
  return { task, release }
}

const loopsOf = pool => pool.statistics().runners.map(({ loop }) => loop)

test('Y6: a loop that is stuck gets no task while others are not', async t => {
  const pool = poolFor(t, { size: 3, stuckAfter: 500 })
  const { task, release } = spinning(t, pool)
  await untilAsync(() => loopsOf(pool)[0] === 'stuck')
  const many = Array.from({ length: 12 }, () => pool.createTask(tasks.whereAmI))
  t.deepEqual([...new Set(many.map(each => each.wait({ timeout: 20_000 })))].sort(), ['pool-2', 'pool-3'])
  const timeout = 20_000
  for (let i = 0; i < 6; i++) t.not(pool.run(tasks.whereAmI, [], { timeout }), 'pool-1')
  const items = Array(12).fill(0)
  t.false([...pool.mapWait(tasks.whereAmI, items, { concurrency: 6, timeout })].includes('pool-1'))
  t.false((await collected(pool.map(tasks.whereAmI, items, { concurrency: 6 }))).includes('pool-1'))
  release()
  task.wait()
  await untilAsync(() => loopsOf(pool)[0] === 'running')
  t.is(pool.run(tasks.whereAmI), 'pool-1')
})

test('Y6: where all loops are stuck, a task goes to the one with the fewest', async t => {
  const pool = poolFor(t, { stuckAfter: 500 })
  const spins = [spinning(t, pool), spinning(t, pool)]
  await untilAsync(() => loopsOf(pool).every(loop => loop === 'stuck'))
  const many = [1, 2, 3, 4].map(() => pool.createTask(tasks.whereAmI))
  t.deepEqual(
    pool.statistics().runners.map(({ tasksQueued }) => tasksQueued),
    [2, 2],
  )
  spins[1].release()
  t.deepEqual(
    [many[1], many[3]].map(task => task.wait({ timeout: 20_000 })),
    ['pool-2', 'pool-2'],
  )
  await untilAsync(() => loopsOf(pool)[1] === 'running')
  t.is(pool.run(tasks.whereAmI), 'pool-2')
  spins[0].release()
  t.deepEqual(
    [many[0], many[2]].map(task => task.wait({ timeout: 20_000 })),
    ['pool-1', 'pool-1'],
  )
})

test('Y6: a loop that is stuck though it has no task left gets none either', async t => {
  const pool = poolFor(t, { stuckAfter: 500 })
  const [started, word] = [new Event(), new SharedArrayBuffer(4)]
  const release = () => Atomics.store(new Int32Array(word), 0, 1)
  t.teardown(release)
  pool.run(tasks.spinBehind, [[started, word]])
  started.wait({ timeout: 20_000 })
  const lost = pool.createTask(tasks.whereAmI)
  await untilAsync(() => loopsOf(pool)[0] === 'stuck')
  lost.cancel()
  t.throws(() => lost.wait(), { code: 'ERR_CANCELLED' })
  t.is(pool.statistics().tasksQueued, 0)
  for (let i = 0; i < 3; i++) t.is(pool.run(tasks.whereAmI, [], { timeout: 20_000 }), 'pool-2')
  release()
})

test('Y6: a loop that is blocked, and has let a task wait for as long, gets none either', async t => {
  const pool = poolFor(t, { stuckAfter: 500, allowBlocking: true })
  const [queue, hold] = [new Queue(), new Queue()]
  const started = [1, 2, 3, 4].map(() => new Event())
  const block = pool.createTask(tasks.blocked, [[queue, started[0]]])
  started[0].wait({ timeout: 20_000 })
  pool.createTask(tasks.held, [[hold, started[1]]])
  started[1].wait({ timeout: 20_000 })
  const behind = pool.createTask(tasks.whereAmI)
  await untilAsync(() => pool.statistics().runners[0].loopLag >= 500)
  t.is(loopsOf(pool)[0], 'blocked')
  for (const event of started.slice(2)) {
    pool.createTask(tasks.held, [[hold, event]])
    event.wait({ timeout: 20_000 })
  }
  t.is(pool.run(tasks.whereAmI, [], { timeout: 20_000 }), 'pool-2')
  queue.putNowait('go on')
  t.deepEqual([block.wait(), behind.wait()], ['go on', 'pool-1'])
})

test('Y6: close ends all loops and throws what nobody has seen, as one group', t => {
  const pool = poolFor(t)
  const failed = [1, 2].map(n => pool.createTask(() => Promise.reject(new Error('unseen')), [], { name: `task ${n}` }))
  while (!failed.every(task => task.done()));
  const error = t.throws(() => pool.close(), { code: 'ERR_EXCEPTION_GROUP' })
  t.is(error.errors.length, 2)
  t.is(
    error.message,
    "2 tasks of pool 'pool' failed.\n" +
      "  1. Task 'task 1' of runner 'pool-1' failed: Error: unseen\n" +
      "  2. Task 'task 2' of runner 'pool-2' failed: Error: unseen",
  )
  t.true(error.stack.split('\n')[3].includes('pool.spec.mjs'), error.stack)
  pool.close()
  t.false(pool.isRunning)
  t.throws(() => pool.run(() => 1), { code: 'ERR_RUNNER_CLOSED' })
  t.throws(() => pool.createTask(() => 1), { code: 'ERR_RUNNER_CLOSED' })
  t.throws(() => pool.map(x => x, []), { code: 'ERR_RUNNER_CLOSED' })
})

test('Y6: closeAsync ends all loops', async t => {
  const pool = poolFor(t)
  t.is(await pool.createTask(async () => 1).result(), 1)
  await pool.closeAsync()
  t.is(pool.statistics().running, 0)
})

test('Y6: closeAsync names the tasks that have failed, and tells what was left behind', async t => {
  const pool = poolFor(t)
  const failed = pool.createTask(() => Promise.reject(new Error('unseen')), [], { name: 'bad' })
  await untilAsync(() => failed.done())
  const left = new Event()
  pool.run(tasks.leaving, [left])
  left.wait({ timeout: 20_000 })
  t.is(pool.run(tasks.whereAmI), 'pool-1') // The turn in which it was thrown is over.
  const error = await t.throwsAsync(pool.closeAsync(), { code: 'ERR_EXCEPTION_GROUP' })
  t.is(
    error.message,
    "1 task of pool 'pool' failed, and 1 error was left behind on its loops.\n" +
      "  1. Task 'bad' of runner 'pool-1' failed: Error: unseen\n" +
      "  2. Task 'leaving' of runner 'pool-1' left an error behind, which nothing caught, in a timer, a callback or a " +
      'promise: Error: left',
  )
  t.deepEqual(
    error.errors.map(({ message }) => message),
    ['unseen', 'left'],
  )
})

for (const close of ['close', 'closeAsync']) {
  test(`Y6: ${close} of a pool whose loops do not end in order takes one exitTimeout, not one for each`, async t => {
    const size = 6
    const pool = poolFor(t, { size, exitTimeout: 3000 })
    const events = Array.from({ length: size }, () => new Event())
    const stubborn = async begun => {
      begun.set()
      for (;;) await sleep(Infinity).catch(() => {})
    }
    for (const begun of events) pool.createTask(stubborn, [begun])
    for (const begun of events) begun.wait({ timeout: 20_000 })
    const before = performance.now()
    await pool[close]()
    const took = performance.now() - before
    t.true(took < size * 3000, `took ${took} ms`)
    t.false(pool.isRunning)
  })
}

test('Y6: wrong arguments are refused before there is a thread, or an item is taken', t => {
  for (const size of [0, -1, 1.5, NaN]) t.throws(() => new RunnerPool({ size }), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => new RunnerPool({ size: '2' }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => new RunnerPool({ name: 5 }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => new RunnerPool(5), { code: 'ERR_INVALID_ARG_TYPE' })
  const pool = poolFor(t)
  const taken = []
  function* items() {
    taken.push(1)
    yield 1
  }
  for (const map of ['map', 'mapWait']) {
    t.throws(() => pool[map](5, items()), { code: 'ERR_INVALID_ARG_TYPE' })
    t.throws(() => pool[map](x => x + taken.length, items()), { code: 'ERR_CAPTURED_VARIABLE' })
    for (const none of [5, null, undefined, {}]) {
      t.throws(() => pool[map](x => x, none), { code: 'ERR_INVALID_ARG_TYPE' })
    }
    t.throws(() => pool[map](x => x, items(), { concurrency: 0 }), { code: 'ERR_OUT_OF_RANGE' })
    t.throws(() => pool[map](x => x, items(), { ordered: 1 }), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  t.throws(() => pool.mapWait(x => x, slowly([1])), { code: 'ERR_INVALID_ARG_TYPE' })
  t.deepEqual(taken, [])
})

// --- Y7: one body for both doors

const doors = {
  map: async (pool, ...args) => collected(pool.map(...args)),
  mapWait: async (pool, ...args) => [...pool.mapWait(...args)],
}

for (const [door, mapped] of Object.entries(doors)) {
  test(`Y7: ${door}: every item once, in order or as they are ready`, async t => {
    const pool = poolFor(t)
    const items = Array.from({ length: 20 }, (_, i) => [i, i % 3 === 0 ? 20 : 0])
    const expected = items.map(([i]) => i)
    t.deepEqual(await mapped(pool, tasks.later, items), expected)
    const some = await mapped(pool, tasks.later, items, { ordered: false, concurrency: 4 })
    t.deepEqual(
      some.toSorted((a, b) => a - b),
      expected,
    )
    const event = new Event()
    const order = []
    const two = [
      ['first', event],
      ['second', event],
    ]
    for await (const name of pool[door](tasks.afterEvent, two, { ordered: false })) {
      order.push(name)
      event.set()
    }
    t.deepEqual(order, ['second', 'first'])
    t.deepEqual(await mapped(pool, tasks.later, []), [])
    t.deepEqual(await mapped(pool, async x => x.toUpperCase(), new Set(['a', 'b'])), ['A', 'B'])
    t.deepEqual(await mapped(pool, async x => (await import('node:path')).basename(x), ['/a/b']), ['b'])
  })

  test(`Y7: ${door}: as many as the concurrency at once, and no more`, async t => {
    const pool = poolFor(t)
    const counter = new SharedArrayBuffer(12)
    await mapped(pool, tasks.counted, Array(12).fill(counter), { concurrency: 3 })
    const [left, most, all] = new Int32Array(counter)
    t.deepEqual([left, all], [0, 12])
    t.is(most, 3)
  })

  test(`Y7: ${door}: the first error comes after the results before it, and cancels the rest`, async t => {
    const pool = poolFor(t)
    const got = []
    const items = [
      [0, 60],
      [1, 30],
      [-2, 0],
      [3, Infinity],
    ]
    const error = await t.throwsAsync(async () => {
      const results = pool[door](tasks.failing, items, { concurrency: 4 })
      for await (const value of results) got.push(value)
    })
    t.is(error.message, 'item -2')
    t.deepEqual(got, [0, 1])
    await t.throwsAsync(mapped(pool, tasks.failing, items, { concurrency: 4, ordered: false }), { message: 'item -2' })
    await untilAsync(() => tasksOf(pool) === 0)
    t.notThrows(() => pool.close())
  })

  test(`Y7: ${door}: an item that cannot cross, and items that fail, are errors in their place`, async t => {
    const pool = poolFor(t)
    const got = []
    const results = pool[door](async x => x, [1, 2, () => {}, 4], { concurrency: 4 })
    await t.throwsAsync(
      async () => {
        for await (const value of results) got.push(value)
      },
      { code: 'ERR_UNCLONEABLE' },
    )
    t.deepEqual(got, [1, 2])
    function* broken() {
      yield 1
      throw new RangeError('no more')
    }
    await t.throwsAsync(
      mapped(pool, async x => x, broken()),
      { message: 'no more' },
    )
  })

  test(`Y7: ${door}: a break cancels, waits for the cleanup, and ends the items`, async t => {
    const pool = poolFor(t)
    const [queue, started] = [new Queue(), new Event()]
    let ended = false
    function* items() {
      try {
        yield [queue, started, 'now']
        for (;;) yield [queue, started]
      } finally {
        ended = true
      }
    }
    for await (const _ of pool[door](tasks.heldUnlessNow, items(), { concurrency: 3 })) break
    t.true(ended)
    t.true(queue.qsize() >= 1)
    while (queue.qsize() > 0) t.is(queue.getNowait(), true)
    await untilAsync(() => tasksOf(pool) === 0)
  })

  test(`Y7: ${door}: a task that does not clean up holds the end no longer than exitTimeout`, async t => {
    const pool = poolFor(t, { exitTimeout: 100 })
    const before = performance.now()
    const results = pool[door](async x => x === 0 || new Promise(() => {}), [0, 1, 2], { concurrency: 3 })
    for await (const _ of results) break
    t.true(performance.now() - before < 20_000)
  })

  test(`Y7: ${door}: a loop that dies ends it, and the pool goes on`, async t => {
    const pool = poolFor(t)
    const items = Array.from({ length: 10 }, (_, i) => [i, 4])
    await t.throwsAsync(mapped(pool, tasks.dieAt, items), { code: 'ERR_RUNNER_DIED' })
    t.deepEqual(await mapped(pool, tasks.later, range(5)), [0, 1, 2, 3, 4])
  })

  test(`Y7: ${door}: 3,000 items over two loops`, async t => {
    const pool = poolFor(t)
    const results = await mapped(pool, async x => x + 1, Array(3000).keys(), { concurrency: 16 })
    t.deepEqual(
      results,
      Array.from({ length: 3000 }, (_, i) => i + 1),
    )
  })
}

test('Y7: map: items may come asynchronously, or as promises', async t => {
  const pool = poolFor(t)
  t.deepEqual(await collected(pool.map(tasks.later, slowly(range(10)))), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  t.deepEqual(await collected(pool.map(async x => x * 2, [Promise.resolve(1), 2])), [2, 4])
  const queue = new Queue()
  for (const item of range(5)) queue.putNowait(item)
  queue.shutdown()
  t.deepEqual(await collected(pool.map(tasks.later, queue)), [0, 1, 2, 3, 4])
})

test('Y7: map: results do not wait for items that are slow to come, nor does a break', async t => {
  const pool = poolFor(t)
  async function* stalled() {
    yield [1, 0]
    await new Promise(() => {})
  }
  for await (const value of pool.map(tasks.later, stalled())) {
    t.is(value, 1)
    break
  }
})

test('Y7: mapWait: a consumer that is slow slows the tasks', t => {
  const pool = poolFor(t)
  let taken = 0
  function* items() {
    for (;;) {
      taken++
      yield [taken, 0]
    }
  }
  const results = pool.mapWait(tasks.later, items(), { concurrency: 2 })
  t.is(results.next().value, 1)
  t.is(taken, 3)
  t.is(results.next().value, 2)
  t.is(taken, 4)
  results.return()
})

for (const ordered of [true, false]) {
  test(`Y7: mapWait: a result that takes longer than the timeout ends the map, ordered ${ordered}`, t => {
    const pool = poolFor(t)
    const results = pool.mapWait(() => new Promise(() => {}), [1, 2], { ordered, timeout: 50 })
    t.throws(() => results.next(), {
      code: 'ERR_EVENT_LOOP_TIMEOUT',
      message: /^mapWait on pool '.+' timed out after 50 ms: 2 tasks have not ended\./,
    })
    t.true(results.next().done)
    t.is(
      pool.run(async () => 7),
      7,
    )
  })
}

test('Y7: mapWait: after too long a wait the error says what holds the loops', t => {
  const pool = poolFor(t, { exitTimeout: 50 })
  spinning(t, pool)
  const held = number =>
    `The loop of runner 'pool-${number}' is held by task 'spin'\\.(?: It has not come round for \\d+ ms\\.)?`
  const second = spinning(t, pool)
  t.throws(() => [...pool.mapWait(tasks.later, range(2), { timeout: 50 })], {
    code: 'ERR_EVENT_LOOP_TIMEOUT',
    message: new RegExp(`timed out after 50 ms: 2 tasks have not ended\\. ${held(1)} ${held(2)}$`),
  })
  second.release()
  second.task.wait()
  t.throws(() => [...pool.mapWait(tasks.stubborn, [1], { timeout: 50 })], {
    message: /timed out after 50 ms: 1 task has not ended\./,
  })
})

test('Y7: mapWait: the timeout is per result, and a consumer may take its time', t => {
  const pool = poolFor(t)
  const sums = []
  for (const value of pool.mapWait(tasks.later, range(5), { timeout: 60_000 })) sums.push(value)
  t.deepEqual(sums, [0, 1, 2, 3, 4])
})

test('Y7: mapWait: a timeout of 0 takes what is ready, and waits for nothing', t => {
  const pool = poolFor(t)
  const results = pool.mapWait(() => new Promise(() => {}), [1], { timeout: 0 })
  t.throws(() => results.next(), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
})

test('Y7: mapWait: left out, the timeout is the callInLoopTimeout of the pool', t => {
  const pool = poolFor(t, { callInLoopTimeout: 100 })
  t.throws(() => [...pool.mapWait(() => new Promise(() => {}), [1])], { code: 'ERR_EVENT_LOOP_TIMEOUT' })
  t.deepEqual([...pool.mapWait(async x => x, [1], { timeout: Infinity })], [1])
})

test('Y7: mapWait: a wrong timeout is refused before anything is begun', t => {
  const pool = poolFor(t)
  t.throws(() => pool.mapWait(x => x, [1], { timeout: -1 }), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => pool.mapWait(x => x, [1], { timeout: '5' }), { code: 'ERR_INVALID_ARG_TYPE' })
})
