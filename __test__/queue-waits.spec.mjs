// Waiters on a queue: first come first served, and one that gives up or dies passes on what it was offered.
//
// Promises to cover Q5 to Q9 and Q18, with waiters that block and waiters that await on threads of their own. Here the
// main thread is the other side and never blocks. That every wait may end early without effect is in `waits.spec.mjs`.

import test from 'ava'
import { Event, Queue } from 'threaded-async'
import { passed, root, run } from './program.mjs'
import { enterElsewhere, parkElsewhere, partner, until } from './tasks/partner.mjs'

const late = { code: 'ERR_EVENT_LOOP_TIMEOUT' }
const empty = { code: 'ERR_QUEUE_EMPTY' }
const full = { code: 'ERR_QUEUE_FULL' }

function filled(maxsize = 1) {
  const queue = new Queue({ maxsize })
  for (let item = 0; item < maxsize; item++) queue.putNowait(`first ${item}`)
  return queue
}

// --- Q5: an abort in the same turn as a put

test('Q5: an abort before the put leaves the item at the head', async t => {
  const queue = new Queue()
  const controller = new AbortController()
  const got = queue.get({ signal: controller.signal })
  controller.abort()
  queue.putNowait('item')
  t.is(await got.catch(error => error.name), 'AbortError')
  t.is(queue.getNowait(), 'item')
})

test('Q5: an abort after the put comes too late: the item was delivered', async t => {
  const queue = new Queue()
  const controller = new AbortController()
  const got = queue.get({ signal: controller.signal })
  queue.putNowait('item')
  controller.abort()
  t.throws(() => queue.getNowait(), empty)
  t.is(await got, 'item')
})

test.serial('Q5: an abort that races with a put elsewhere loses nothing and doubles nothing', async t => {
  const [queue, orders, done] = [new Queue(), new Queue(), new Queue()]
  const putter = partner().createTask(
    async (orders, queue, done) => {
      for await (const item of orders) {
        queue.putNowait(item)
        done.putNowait(item)
      }
    },
    [orders, queue, done],
  )
  let delivered = 0
  for (let round = 0; round < 500; round++) {
    const controller = new AbortController()
    const got = queue.get({ signal: controller.signal }).then(
      item => item,
      () => 'aborted',
    )
    orders.putNowait(round)
    // Anywhere between at once and some 50 µs from now: about as long as the put takes to come.
    for (let wait = Math.random() * 20_000; wait > 0; wait--);
    if (round % 3 === 0) await null
    controller.abort()
    const item = await got
    await done.get()
    if (item === 'aborted') t.is(queue.getNowait(), round)
    else t.is(item, round)
    if (item === round) delivered++
    t.is(queue.qsize(), 0)
  }
  orders.shutdown()
  await putter.result()
  t.log(`${delivered} of 500 were delivered`)
})

// --- Q6, Q7: those behind one that has given up

for (const door of ['blocking', 'awaiting']) {
  test.serial(`Q6: of three getters the first times out, and the other two get what comes (${door})`, async t => {
    const queue = new Queue()
    const first = await parkElsewhere('a', door, 'get', queue, [{ timeout: 500 }], { getters: 1 })
    const others = []
    for (const name of ['b', 'c']) {
      others.push(enterElsewhere(name, door, 'get', queue))
      await until(() => queue.statistics().getters + Number(first.done()) === others.length + 1)
    }
    await t.throwsAsync(first.result(), late)
    t.is(queue.statistics().getters, 2)
    queue.putNowait(1)
    queue.putNowait(2)
    t.deepEqual([await others[0].result(), await others[1].result()], [1, 2])
    t.is(queue.qsize(), 0)
  })

  test.serial(
    `Q7: of three putters the first times out, and the slot passes to the next in order (${door})`,
    async t => {
      const queue = filled()
      const first = await parkElsewhere('a', door, 'put', queue, ['a', { timeout: 500 }], { putters: 1 })
      const others = []
      for (const name of ['b', 'c']) {
        others.push(enterElsewhere(name, door, 'put', queue, name))
        await until(() => queue.statistics().putters + Number(first.done()) === others.length + 1)
      }
      await t.throwsAsync(first.result(), late)
      const items = []
      for (let turn = 0; turn < 3; turn++) items.push(queue.getNowait())
      t.deepEqual(items, ['first 0', 'b', 'c'])
      t.throws(() => queue.getNowait(), empty)
      await Promise.all(others.map(other => other.result()))
    },
  )

  // --- Q8, Q9: who waits is served first

  test.serial(`Q8: an item put while a getter waits belongs to it, not to who looks next (${door})`, async t => {
    const queue = new Queue()
    for (let round = 0; round < 20; round++) {
      const getter = await parkElsewhere('a', door, 'get', queue, [], { getters: 1 })
      queue.putNowait(round)
      t.throws(() => queue.getNowait(), empty)
      t.throws(() => queue.peekNowait(), empty)
      t.deepEqual(queue.clear(), [])
      t.is(await getter.result(), round)
    }
  })

  test.serial(`Q8: room that comes while a putter waits belongs to it, not to who puts next (${door})`, async t => {
    const queue = filled()
    let expected = 'first 0'
    for (let round = 0; round < 20; round++) {
      const putter = await parkElsewhere('a', door, 'put', queue, [round], { putters: 1 })
      t.is(queue.getNowait(), expected)
      t.throws(() => queue.putNowait('mine'), full)
      await putter.result()
      expected = round
    }
    t.deepEqual(queue.clear(), [19])
  })

  test.serial(`Q9: who tries all the time does not overtake a getter (${door})`, async t => {
    const [queue, stolen] = [new Queue(), new Queue()]
    const tries = new Event()
    const thief = partner('thief').createTask(tryToGet, [queue, stolen, tries])
    await tries.waitAsync()
    for (let round = 0; round < 20; round++) {
      const getter = await parkElsewhere('a', door, 'get', queue, [], { getters: 1 })
      queue.putNowait(round)
      t.is(await getter.result(), round)
    }
    queue.shutdown()
    await thief.result()
    t.is(stolen.qsize(), 0)
  })

  test.serial(`Q9: who tries all the time does not overtake a putter (${door})`, async t => {
    const queue = filled()
    const tries = new Event()
    const thief = partner('thief').createTask(tryToPut, [queue, tries])
    await tries.waitAsync()
    const taken = []
    for (let round = 0; round < 20; round++) {
      const putter = await parkElsewhere('a', door, 'put', queue, [round], { putters: 1 })
      taken.push(queue.getNowait())
      await putter.result()
    }
    queue.shutdown()
    await thief.result()
    t.deepEqual([...taken, queue.getNowait()], ['first 0', ...Array.from({ length: 20 }, (_, round) => round)])
    t.is(queue.qsize(), 0)
  })
}

const tryToGet = (queue, stolen, tries) => {
  while (!queue.isShutdown) {
    try {
      stolen.putNowait(queue.getNowait())
    } catch {}
    tries.set()
  }
}

const tryToPut = (queue, tries) => {
  while (!queue.isShutdown) {
    try {
      queue.putNowait('stolen')
    } catch {}
    tries.set()
  }
}

const inTurn = ['blocking', 'awaiting', 'blocking', 'awaiting', 'awaiting', 'blocking']

test.serial('Q9: getters that block and getters that await are served in the order they came', async t => {
  const queue = new Queue()
  const getters = []
  for (const [index, door] of inTurn.entries()) {
    getters.push(await parkElsewhere(`${index}`, door, 'get', queue, [], { getters: index + 1 }))
  }
  const mine = queue.get()
  for (let item = 0; item <= inTurn.length; item++) queue.putNowait(item)
  const items = await Promise.all([...getters.map(getter => getter.result()), mine])
  t.deepEqual(items, [0, 1, 2, 3, 4, 5, 6])
})

test.serial('Q9: putters that block and putters that await get in in the order they came', async t => {
  const queue = filled()
  const putters = []
  for (const [index, door] of inTurn.entries()) {
    putters.push(await parkElsewhere(`${index}`, door, 'put', queue, [index], { putters: index + 1 }))
  }
  const mine = queue.put(6)
  const items = []
  for (let turn = 0; turn < 8; turn++) items.push(queue.getNowait())
  t.deepEqual(items, ['first 0', 0, 1, 2, 3, 4, 5, 6])
  await Promise.all([...putters.map(putter => putter.result()), mine])
})

test('Q7: a putter that is aborted before it is chosen lets the next one in', async t => {
  const queue = filled()
  const controllers = [0, 1, 2].map(() => new AbortController())
  const puts = controllers.map(({ signal }, index) => queue.put(index, { signal }).then(() => 'in'))
  controllers[0].abort('gone')
  t.is(queue.getNowait(), 'first 0')
  t.deepEqual([queue.peekNowait(), queue.statistics().putters], [1, 1])
  t.is(await puts[0].catch(reason => reason), 'gone')
  t.deepEqual([queue.getNowait(), queue.getNowait()], [1, 2])
  t.deepEqual([await puts[1], await puts[2]], ['in', 'in'])
})

test('Q7: a putter that is aborted after it was chosen is in, and the order of the rest holds', async t => {
  const queue = filled()
  const controllers = [0, 1, 2].map(() => new AbortController())
  const puts = controllers.map(({ signal }, index) => queue.put(index, { signal }).then(() => 'in'))
  t.is(queue.getNowait(), 'first 0')
  controllers[0].abort('too late')
  t.deepEqual([queue.getNowait(), queue.getNowait(), queue.getNowait()], [0, 1, 2])
  t.deepEqual(await Promise.all(puts), ['in', 'in', 'in'])
})

// A program of its own, because what the hook throws is an uncaught exception.
test('X6: a hook that throws inside of a blocking get is reported once and takes no item with it', async t => {
  const result = await run(['--input-type=module', '-e', `(${program})()`], { cwd: root })
  t.deepEqual({ ...result, ms: 0 }, { ...passed, ms: 0 })
})

const program = async () => {
  const { AsyncRunner, Queue } = await import('threaded-async')
  const queue = new Queue()
  const runner = new AsyncRunner({
    onTaskError() {
      queue.putNowait('item') // Goes to the getter that waits below.
      throw new Error('hook')
    },
  })
  const seen = []
  const uncaught = new Promise(resolve => process.on('uncaughtException', resolve))
  const task = runner.createTask(() => {
    throw new Error('task')
  })
  seen.push(queue.getWait({ timeout: 20_000 }))
  await task.result().catch(error => seen.push(error.message))
  seen.push((await uncaught).message)
  await runner.closeAsync()
  console.log(seen.join() === 'item,task,hook' ? 'pass' : seen)
}
