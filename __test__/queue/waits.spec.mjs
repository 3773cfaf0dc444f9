// Waiters on a queue: first come first served, and a waiter that gives up or dies passes on what it was offered.
//
// Promises to cover Q6 to Q9, with waiters that block and waiters that await on threads of their own. Here the main
// thread is the other side and never blocks. What dies is in `deaths.spec.mjs`, what races in `races.spec.mjs`.

import test from 'ava'
import { Event, Queue } from 'threaded-async'
import { enterElsewhere, parkElsewhere, partner, until } from '../support/partner.mjs'

const late = { code: 'ERR_EVENT_LOOP_TIMEOUT' }
const empty = { code: 'ERR_QUEUE_EMPTY' }
const full = { code: 'ERR_QUEUE_FULL' }

function filled(maxsize = 1) {
  const queue = new Queue({ maxsize })
  for (let item = 0; item < maxsize; item++) queue.putNowait(`first ${item}`)
  return queue
}

// --- Q6, Q7: the waiters behind a waiter that gave up

for (const door of ['blocking', 'awaiting']) {
  test.serial(`Q6: of three getters the first times out, and the other two get what comes (${door})`, async t => {
    const queue = new Queue()
    const first = enterElsewhere('a', door, 'get', queue, { timeout: 500 })
    await until(() => queue.statistics().getters + Number(first.done()) === 1)
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
      const first = enterElsewhere('a', door, 'put', queue, 'a', { timeout: 500 })
      await until(() => queue.statistics().putters + Number(first.done()) === 1)
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

  // --- Q8, Q9: waiters are served first

  test.serial(`Q8: an item put while a getter waits belongs to it, not to a later caller (${door})`, async t => {
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

  test.serial(`Q8: room that comes while a putter waits belongs to it, not to a later caller (${door})`, async t => {
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

  test.serial(`Q9: a caller that tries all the time does not overtake a getter (${door})`, async t => {
    const [queue, stolen] = [new Queue(), new Queue()]
    const tries = new Event()
    t.teardown(() => queue.shutdown())
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

  test.serial(`Q9: a caller that tries all the time does not overtake a putter (${door})`, async t => {
    const queue = filled()
    const tries = new Event()
    t.teardown(() => queue.shutdown())
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
