// `failFast`: a failed task ends the waits for what its runner owns.
//
// Promises to cover X8: both doors of every noun, on every thread; the latch until somebody has seen the error; and what
// goes on working.

import ava from 'ava'
import { AsyncRunner, Event, Future, Queue, select, selectWait, Server, sleep, TaskFailedError } from 'threaded-async'
import { runnerFor, until } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const taskFailed = { code: 'ERR_TASK_FAILED', name: 'TaskFailedError', instanceOf: TaskFailedError }
const late = async () => {
  await sleep(50)
  throw new RangeError('broke')
}
/** Fails once so many gets wait for a queue. */
const whenWaiting = async (queue, getters) => {
  while (queue.statistics().getters < getters) await sleep(1)
  throw new RangeError('broke')
}
const failing = t => runnerFor(t, { failFast: true })
const fail = (runner, name = 'crawl') => runner.createTask(late, [], { name })
const full = runner => {
  const queue = new Queue(runner, { maxsize: 1 })
  queue.putNowait(0)
  return queue
}

/** Doors by name: what makes the thing that is waited for, how to block for it, and how to await it. */
const doors = {
  'a get': [runner => new Queue(runner), queue => queue.getWait(), queue => queue.get()],
  'a getMany': [runner => new Queue(runner), queue => queue.getManyWait(2), queue => queue.getMany(2)],
  'a put': [full, queue => queue.putWait(1), queue => queue.put(1)],
  'a putMany': [full, queue => queue.putManyWait([1, 2]), queue => queue.putMany([1, 2])],
  'a join': [full, queue => queue.joinWait(), queue => queue.join()],
  'an iteration': [
    runner => new Queue(runner),
    queue => [...queue.iterateWait()],
    async queue => {
      for await (const item of queue) item()
    },
  ],
  'an event': [runner => new Event(runner), event => event.wait(), event => event.waitAsync()],
  'a future': [runner => new Future(runner), future => future.resultWait(), future => future.result()],
  'another task': [runner => runner.createTask(() => sleep(Infinity)), task => task.wait(), task => task.result()],
}

for (const [what, [make, block, wait]] of Object.entries(doors)) {
  for (const [door, how] of Object.entries({ blocks: async thing => block(thing), awaits: wait })) {
    test(`X8: a failed task ends ${what} that ${door}, and the error counts as retrieved then`, async t => {
      const runner = failing(t)
      const thing = make(runner)
      fail(runner)
      const error = await t.throwsAsync(how(thing), taskFailed)
      t.is(error.task, 'crawl')
      t.true(error.cause instanceof RangeError)
      t.is(error.cause.message, 'broke')
      t.regex(error.message, /'crawl'/)
      if (what.includes('Many') && what.includes('put')) t.is(error.inserted, 0)
      t.notThrows(() => runner.close())
    })
  }
}

const selecting = { blocks: async ops => selectWait(ops), awaits: ops => select(ops) }
for (const [door, how] of Object.entries(selecting)) {
  test(`X8: a failed task ends a select that ${door} for anything of its runner, wherever in the list that stands`, async t => {
    const [runner, other] = [failing(t), runnerFor(t)]
    const [free, patient, queue] = [new Queue(), new Queue(other), new Queue(runner)]
    const doomed = new Future(runner)
    fail(runner)
    const error = await t.throwsAsync(how([free.getOp(), patient.getOp(), queue.getOp()]), taskFailed)
    t.is(error.task, 'crawl')
    t.false('index' in error)
    t.deepEqual(
      [free, patient, queue].map(each => each.statistics().getters),
      [0, 0, 0],
    )
    fail(runner, 'again')
    await t.throwsAsync(how([patient.getOp(), doomed.resultOp()]), { ...taskFailed, message: /'again'/ })
    t.notThrows(() => runner.close())
  })

  test(`X8: where the failed task is itself one of the things, a select that ${door} gets its own error`, async t => {
    const runner = failing(t)
    const queue = new Queue(runner)
    const error = await t.throwsAsync(how([queue.getOp(), fail(runner).resultOp()]), { instanceOf: RangeError })
    t.is(error.index, 1)
    const task = fail(runner)
    until(() => task.done())
    await t.throwsAsync(how([queue.getOp(), task.resultOp()]), { instanceOf: RangeError })
    t.throws(() => queue.getWait({ timeout: 20 }), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
  })

  test(`X8: what is there already is taken, and nothing of other runners ends, by a select that ${door}`, async t => {
    const [runner, other] = [failing(t), runnerFor(t)]
    const [queue, patient] = [new Queue(runner), new Queue(other)]
    const task = fail(runner)
    until(() => task.done())
    queue.putNowait('there')
    t.is((await how([patient.getOp(), queue.getOp()])).value, 'there')
    other.createTask(async queue => (await sleep(30), queue.putNowait('came')), [patient])
    t.is((await how([patient.getOp()])).value, 'came')
  })
}

test('X8: it is latched: a wait that begins later ends as well, until the error was retrieved', async t => {
  const runner = failing(t)
  const queue = new Queue(runner)
  const task = fail(runner)
  until(() => task.done())
  t.throws(() => queue.getWait(), taskFailed)
  t.throws(() => queue.getWait({ timeout: 20 }), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
  const other = fail(runner, 'other')
  until(() => other.done())
  await t.throwsAsync(queue.get(), { ...taskFailed, message: /'other'/ })
  await t.throwsAsync(queue.get({ timeout: 20 }), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
})

test('X8: what is there already is taken, and what has room is put', t => {
  const runner = failing(t)
  const queue = new Queue(runner)
  queue.putNowait(1)
  const task = fail(runner)
  until(() => task.done())
  t.is(queue.getWait(), 1)
  queue.putWait(2)
  t.is(queue.getWait(), 2)
  t.throws(() => queue.getWait(), taskFailed)
})

test("X8: the failed task's own wait gives the original error, through both doors, and retrieves it", async t => {
  const runner = failing(t)
  const queue = new Queue(runner)
  t.throws(() => fail(runner).wait(), { instanceOf: RangeError })
  await t.throwsAsync(fail(runner).result(), { instanceOf: RangeError })
  const task = fail(runner)
  until(() => task.done())
  t.throws(() => task.wait(), { instanceOf: RangeError })
  t.throws(() => queue.getWait({ timeout: 20 }), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
})

test('X8: a failure that somebody waits for ends no other wait', async t => {
  const runner = failing(t)
  const queue = new Queue(runner)
  const waiting = queue.get({ timeout: 300 })
  t.throws(() => runner.run(late), { instanceOf: RangeError })
  t.throws(() => runner.callInLoop(() => JSON.parse('{')), { instanceOf: SyntaxError })
  const go = new Event()
  const result = runner.createTask(async go => (await go.waitAsync(), JSON.parse('{')), [go]).result()
  go.set()
  await t.throwsAsync(result, { instanceOf: SyntaxError })
  await t.throwsAsync(waiting, { code: 'ERR_EVENT_LOOP_TIMEOUT' })
})

test('X8: run, callInLoop and createTask go on working, and nothing of other runners ends', t => {
  const runner = failing(t)
  const other = failing(t)
  const task = fail(runner)
  until(() => task.done())
  const slow = async () => {
    await sleep(30)
    return 'done'
  }
  t.is(runner.run(slow), 'done')
  t.is(
    runner.callInLoop(() => 1),
    1,
  )
  runner.waitForNextEventloopIteration()
  t.is(runner.createTask(() => 2).wait({ timeout: 5000 }), 2)
  const queue = new Queue(other)
  const free = new Queue()
  other.createTask(async (...queues) => (await sleep(20), queues.map(queue => queue.putNowait(1))), [queue, free])
  t.is(queue.getWait(), 1)
  t.is(free.getWait(), 1)
})

test('X8: waits on several threads end by one failure, also where one of them retrieves it first', async t => {
  const runner = failing(t)
  const queue = new Queue(runner)
  const [one, two] = [runnerFor(t, { allowBlocking: true }), runnerFor(t)]
  const blocking = one.createTask(queue => queue.getWait(), [queue])
  const awaiting = two.createTask(queue => queue.get(), [queue])
  const own = runner.createTask(queue => queue.get(), [queue])
  until(() => queue.statistics().getters === 3)
  runner.createTask(whenWaiting, [queue, 4])
  t.throws(() => queue.getWait(), taskFailed)
  await t.throwsAsync(blocking.result(), taskFailed)
  t.throws(() => awaiting.wait(), taskFailed)
  t.throws(() => own.wait(), { instanceOf: TaskFailedError })
  t.is(queue.statistics().getters, 0)
})

test('X8: an error that a task left behind counts as well', t => {
  const runner = failing(t)
  const queue = new Queue(runner)
  const leave = () =>
    void setTimeout(() => {
      throw new RangeError('late')
    }, 30)
  runner.createTask(leave, [], { name: 'careless' }).wait()
  const error = t.throws(() => queue.getWait(), taskFailed)
  t.is(error.task, 'careless')
})

test('X8: without failFast nothing ends, and a cancelled task ends nothing', t => {
  const runner = runnerFor(t)
  const failing = fail(runner)
  t.throws(() => new Queue(runner).getWait({ timeout: 150 }), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
  t.throws(() => failing.wait(), { instanceOf: RangeError })
  const fast = runnerFor(t, { failFast: true })
  fast.createTask(() => sleep(Infinity)).cancel()
  t.throws(() => new Queue(fast).getWait({ timeout: 100 }), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
})

test('X8: onTaskError hears of it, too; what it was told ends waits that went on, and no later ones', t => {
  const seen = []
  const runner = runnerFor(t, { failFast: true, onTaskError: ({ task }) => seen.push(task) })
  const queue = new Queue(runner)
  runner.createTask(whenWaiting, [queue, 1])
  t.throws(() => queue.getWait(), taskFailed)
  until(() => (runner.waitForNextEventloopIteration(), seen.length === 1))
  t.throws(() => queue.getWait({ timeout: 20 }), { code: 'ERR_EVENT_LOOP_TIMEOUT' })
})

test('X8: a server: a script that fails ends process, processUntil and the calls of other scripts', t => {
  const server = new Server({ failFast: true, handlers: { add: (a, b) => a + b } })
  t.teardown(() => {
    try {
      server.close()
    } catch {
      // The script has failed.
    }
  })
  server.createBackgroundTask(late, [], { name: 'script' })
  t.throws(
    () => {
      for (;;) server.process()
    },
    { ...taskFailed, message: /'script'/ },
  )
  const waiting = server.createBackgroundTask(() => sleep(Infinity))
  server.createBackgroundTask(late, [], { name: 'script' })
  t.throws(() => server.processUntil(waiting), { ...taskFailed, message: /'script'/ })
  const own = server.createBackgroundTask(late)
  t.throws(() => server.processUntil(own), { instanceOf: RangeError })
  waiting.cancel()
})

test('X8: a task of a runner with failFast that awaits nothing of it goes on', async t => {
  const runner = failing(t)
  const goesOn = runner.createTask(async () => (await sleep(200), 'end'))
  fail(runner)
  await sleep(100)
  t.throws(() => new Queue(runner).getWait(), taskFailed)
  t.is(goesOn.wait(), 'end')
})

test('X8: failFast is a boolean', t => {
  t.throws(() => new AsyncRunner({ failFast: 'yes' }), { code: 'ERR_INVALID_ARG_TYPE' })
})
