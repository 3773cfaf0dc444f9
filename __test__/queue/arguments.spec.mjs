// Odd arguments, in every call of queues, events and futures that does not wait, and in their constructors.
//
// Promises to cover Q11 beyond `waits/waits.spec.mjs`: wrong numbers, buffers, runners and options are refused with
// Node's codes before anything happens, and what is allowed, however odd, works.

import test from 'ava'
import { AsyncRunner, Event, Future, Queue } from 'threaded-async'
import { throughAllDoors } from '../support/doors.mjs'
import bodies from './arguments.bodies.mjs'

throughAllDoors(test, bodies, import.meta.resolve('./arguments.bodies.mjs'))

const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }
const range = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' }

test('Q11: maxsize may be 0, Infinity and any whole number up to 2^32 - 1', t => {
  for (const [maxsize, expected] of [
    [0, Infinity],
    [-0, Infinity],
    [Infinity, Infinity],
    [undefined, Infinity],
    [1, 1],
    [2 ** 32 - 1, 2 ** 32 - 1],
  ]) {
    t.is(new Queue({ maxsize }).maxsize, expected)
    t.is(new Queue(undefined, { maxsize }).maxsize, expected)
  }
})

test('Q11: maxsize is refused when it is negative, broken, too large or no number', t => {
  for (const maxsize of [-1, -Infinity, NaN, 1.5, 2 ** 32]) t.throws(() => new Queue({ maxsize }), range)
  for (const maxsize of [null, '5', 5n, true, {}]) t.throws(() => new Queue({ maxsize }), type)
})

test('Q11: maxBytes may be 0, Infinity and any whole number up to 2^53 - 1', t => {
  for (const [maxBytes, expected] of [
    [0, Infinity],
    [-0, Infinity],
    [Infinity, Infinity],
    [undefined, Infinity],
    [1, 1],
    [2 ** 32, 2 ** 32],
    [2 ** 53 - 1, 2 ** 53 - 1],
  ]) {
    t.is(new Queue({ maxBytes }).maxBytes, expected)
    t.is(new Queue(undefined, { maxBytes }).statistics().maxBytes, expected)
  }
})

test('Q11: maxBytes is refused when it is negative, broken, too large or no number', t => {
  for (const maxBytes of [-1, -Infinity, NaN, 1.5, 2 ** 53]) t.throws(() => new Queue({ maxBytes }), range)
  for (const maxBytes of [null, '5', 5n, true, {}]) t.throws(() => new Queue({ maxBytes }), type)
})

test('Q11: a queue is made with a runner, with options, with both or with neither', t => {
  AsyncRunner.use(runner => {
    t.is(new Queue().maxsize, Infinity)
    t.is(new Queue({}).maxsize, Infinity)
    t.is(new Queue(runner).maxsize, Infinity)
    t.is(new Queue(runner, { maxsize: 2 }).maxsize, 2)
    t.is(new Queue(runner, undefined).maxsize, Infinity)
    t.is(new Queue({ maxsize: 2 }, undefined).maxsize, 2)
  })
})

test('Q11: whatever else a queue is made with is refused', t => {
  AsyncRunner.use(runner => {
    for (const first of [null, 5, 'runner', true, Symbol('runner'), () => runner]) {
      t.throws(() => new Queue(first), type)
      t.throws(() => new Queue(first, {}), type)
    }
    const task = runner.createTask(() => 1)
    for (const handle of [new Queue(), new Event(), new Future(), task]) {
      t.throws(() => new Queue(handle), type)
      t.throws(() => new Queue(handle, {}), type)
    }
    for (const second of [null, 5, 'options', true]) t.throws(() => new Queue(runner, second), type)
    t.throws(() => new Queue({}, {}), type)
  })
})

for (const Primitive of [Event, Future]) {
  test(`Q11: ${Primitive.name} is made with a runner and a name, or nothing`, t => {
    AsyncRunner.use(runner => {
      t.notThrows(() => [new Primitive(), new Primitive(undefined), new Primitive(runner), new Primitive({})])
      t.throws(() => new Primitive({ runner }), { code: 'ERR_INVALID_ARG_VALUE' })
      for (const other of [null, 5, 'runner', true, new Event(), new Queue()]) {
        t.throws(() => new Primitive(other), type)
      }
    })
  })
}

test('H1, H3: a primitive for a runner that has closed or died is refused, and says which', async t => {
  const [closed, died] = [new AsyncRunner({ name: 'closed' }), new AsyncRunner({ name: 'mortal' })]
  closed.close()
  await died
    .createTask(() => process.exit(6))
    .result()
    .catch(() => {})
  for (const make of [
    runner => new Queue(runner),
    runner => new Queue(runner, { maxsize: 1 }),
    runner => new Event(runner),
    runner => new Future(runner),
  ]) {
    t.throws(() => make(closed), { code: 'ERR_RUNNER_CLOSED', message: /'closed'/ })
    t.throws(() => make(died), { code: 'ERR_RUNNER_DIED', message: /'mortal'/ })
  }
})

test('Q11: the calls that never wait refuse wrong options', t => {
  const queue = new Queue()
  for (const options of [null, 5, 'now', true]) t.throws(() => queue.putNowait(1, options), type)
  for (const transfer of [null, 5, {}, [5]]) t.throws(() => queue.putNowait(1, { transfer }), type)
  t.is(queue.qsize(), 0)
  const future = new Future()
  for (const options of [null, 5, 'now', true]) t.throws(() => future.setResult(1, options), type)
  for (const transfer of [null, 5, {}, [5]]) t.throws(() => future.setResult(1, { transfer }), type)
  t.false(future.done())
})

test('Q11: shutdown refuses wrong options, and has not happened then', t => {
  const queue = new Queue()
  queue.putNowait(1)
  for (const options of [null, 5, true, 'immediate']) t.throws(() => queue.shutdown(options), type)
  for (const immediate of [null, 1, 'yes', {}]) t.throws(() => queue.shutdown({ immediate }), type)
  t.deepEqual([queue.isShutdown, queue.qsize()], [false, 1])
  queue.shutdown({ immediate: undefined })
  t.deepEqual([queue.isShutdown, queue.qsize()], [true, 1])
})

test('methods refuse objects that are not theirs', t => {
  const { prototype } = Queue
  t.throws(() => prototype.qsize.call({}), { name: 'TypeError' })
  t.throws(() => prototype.qsize.call(new Event()))
  t.throws(() => Event.prototype.isSet.call(new Future()))
  t.throws(() => new Queue().getNowait.call(Object.create(prototype)), { name: 'TypeError' })
})
