// What goes into a task and comes out of it: arguments, results of all kinds, and the function itself.
//
// Promises the way there and back for each kind of value, through `run` and `callInLoop`, and inline functions end to
// end; the wire's spec and the source's have the details.

import ava from 'ava'
import { AsyncRunner, CancelledError, currentTask, Event, Future, Queue, sleep } from 'threaded-async'
import { holdLoop, runnerFor, tasksOf } from '../support/runner-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

// --- results of all kinds

const same = [
  undefined,
  null,
  true,
  false,
  0,
  -0,
  NaN,
  Infinity,
  -1.5,
  2 ** 53,
  10n,
  -(2n ** 70n),
  '',
  'text',
  'žluťoučký 🐎',
  '\ud800',
  'x'.repeat(100_000),
]

test('results: primitives of every kind cross both ways', t => {
  const runner = runnerFor(t)
  for (const value of same) {
    t.is(
      runner.run(async x => x, [value]),
      value,
    )
    t.is(
      runner.callInLoop(x => x, [value]),
      value,
    )
  }
})

test('what a task throws may be a primitive of any kind, and stays an error', t => {
  const runner = runnerFor(t)
  for (const value of same) {
    const task = runner.createTask(
      async x => {
        throw x
      },
      [value],
    )
    try {
      task.wait()
      t.fail('it has a result')
    } catch (error) {
      t.is(error, value)
    }
    const future = new Future()
    future.setException(value)
    t.true(future.done())
    try {
      future.resultWait()
      t.fail('it has a result')
    } catch (error) {
      t.is(error, value)
    }
  }
})

test('small values of every size cross as they are, with handles in them and without', t => {
  const runner = runnerFor(t)
  const queue = new Queue()
  for (let size = 0; size < 48; size++) {
    const list = Array.from({ length: size }, (_, i) => (i % 2 === 0 ? i : null))
    for (const value of [list, [queue, ...list], { ['x'.repeat(size)]: size }]) {
      const future = new Future()
      future.setResult(value)
      queue.putNowait(value)
      queue.putMany([value, 1, value])
      const crossed = [future.resultWait(), queue.getNowait(), ...queue.clear(), runner.run(async x => x, [value])]
      t.deepEqual(crossed, [value, value, value, 1, value, value])
    }
  }
})

test('strings of every length and width cross as they are', t => {
  const queue = new Queue()
  const crosses = text => {
    queue.putNowait(text)
    return queue.getNowait()
  }
  const lengths = [...Array(70).keys(), 16_383, 16_384, 16_385, 3, 2 ** 20]
  for (const unit of ['a', '\0', '\xff', '\u0100', '\ud83d', '\uffff']) {
    for (const length of lengths) {
      const text = unit.repeat(length)
      t.true(crosses(text) === text, `${length} times ${JSON.stringify(unit)}`)
      t.true(crosses(`${text}b`) === `${text}b`, `${length} times ${JSON.stringify(unit)}, and a letter`)
    }
  }
})

test('results: structures of every kind cross both ways', t => {
  const runner = runnerFor(t)
  const shared = { deep: [1, { two: 2 }] }
  const cyclic = { name: 'cyclic' }
  cyclic.self = cyclic
  const values = [
    {},
    [],
    [1, [2, [3]]],
    { shared, again: shared },
    new Map([[{ key: 1 }, new Set([1, 'a'])]]),
    new Date(0),
    /a+b/giu,
    new Uint8Array([1, 2, 3]),
    new Float64Array([1.5, NaN]),
    Buffer.from('bytes'),
    new Uint8Array(70_000).fill(7).buffer,
    new DataView(new ArrayBuffer(4)),
    Object('boxed'),
    cyclic,
  ]
  for (const value of values) {
    const back = runner.run(async x => x, [value])
    t.deepEqual(back, value)
    t.is(Object.getPrototypeOf(back), Object.getPrototypeOf(value))
  }
  const { shared: one, again } = runner.run(x => x, [{ shared, again: shared }])
  t.is(one, again)
  // eslint-disable-next-line no-sparse-arrays
  const holes = runner.run(() => [1, , 3])
  t.false(1 in holes)
  t.is(holes.length, 3)
})

test('results: an error as a value is returned, not thrown', t => {
  const runner = runnerFor(t)
  const error = runner.run(async () => new RangeError('as a value'))
  t.true(error instanceof RangeError)
  t.is(error.message, 'as a value')
})

test('results: our handles arrive as the same objects, deep inside of values too', t => {
  const runner = runnerFor(t)
  const all = { queue: new Queue(), event: new Event(runner), future: new Future(), runner }
  const back = runner.run(async x => ({ ...x, list: [x.queue], task: AsyncRunner.current.createTask(() => 5) }), [all])
  for (const name of Object.keys(all)) t.is(back[name], all[name], name)
  t.is(back.list[0], all.queue)
  t.is(back.task.wait(), 5)
})

test('results: a thenable is awaited; a promise within a value is refused', t => {
  const runner = runnerFor(t)
  t.is(
    runner.run(() => ({ then: resolve => resolve('thenable') })),
    'thenable',
  )
  const error = t.throws(() => runner.run(() => ({ inner: [Promise.resolve()] })), { code: 'ERR_UNCLONEABLE' })
  t.is(error.path, 'result.inner[0]')
})

test('results: what cannot cross fails the task with UncloneableError, which says where', t => {
  const runner = runnerFor(t)
  const odd = {
    'result.on': () => ({ on() {} }),
    result: () => () => {},
    'result[1]': () => [1, Symbol('s')],
    'result.weak': async () => ({ weak: new WeakMap() }),
  }
  for (const [path, fn] of Object.entries(odd)) {
    const error = t.throws(() => runner.createTask(fn).wait(), { code: 'ERR_UNCLONEABLE', name: 'UncloneableError' })
    t.is(error.path, path)
    t.true(error.message.includes(path), error.message)
  }
})

test('arguments that cannot cross throw at the call, and nothing is created or transferred', t => {
  const runner = runnerFor(t)
  const buffer = new ArrayBuffer(8)
  const call = () => runner.createTask(() => {}, [{ options: { onProgress() {} } }, buffer], { transfer: [buffer] })
  const error = t.throws(call, { code: 'ERR_UNCLONEABLE' })
  t.is(error.path, 'args[0].options.onProgress')
  t.is(buffer.byteLength, 8)
  t.is(tasksOf(runner), 0)
  const captured = 5
  t.throws(() => runner.createTask(() => captured), { code: 'ERR_CAPTURED_VARIABLE' })
  t.is(tasksOf(runner), 0)
})

test('arguments are copies', t => {
  const runner = runnerFor(t)
  const list = [1]
  const { release } = holdLoop(t, runner)
  const task = runner.createTask(
    x => {
      x.push(3)
      return x
    },
    [list],
  )
  list.push(2)
  release.set()
  t.deepEqual(task.wait(), [1, 3])
  t.deepEqual(list, [1, 2])
})

// --- options

test('transfer: the buffer arrives, and is detached on this side', t => {
  const runner = runnerFor(t)
  const bytes = new Uint8Array(1000).fill(3)
  const task = runner.createTask(x => x.reduce((a, b) => a + b), [bytes], { transfer: [bytes.buffer] })
  t.is(bytes.byteLength, 0)
  t.is(task.wait(), 3000)
})

test('transfer: a closed runner detaches nothing', t => {
  const runner = new AsyncRunner()
  runner.close()
  const buffer = new ArrayBuffer(8)
  t.throws(() => runner.createTask(() => {}, [buffer], { transfer: [buffer] }), { code: 'ERR_RUNNER_CLOSED' })
  t.is(buffer.byteLength, 8)
})

// --- inline functions, end to end (source.spec has the details)

test('inline: import() and require resolve against the file that called', async t => {
  const runner = runnerFor(t)
  t.is(await runner.createTask(async () => (await import('./tasks.mjs')).double(21)).result(), 42)
  t.is(
    runner.run(() => require('node:path').basename(require.resolve('./tasks.mjs'))),
    'tasks.mjs',
  )
  t.is(
    runner.run(async () => typeof (await import('threaded-async')).Queue),
    'function',
  )
})

test('inline: the names of the package are in scope, before globals of the same name', t => {
  const runner = runnerFor(t)
  const seen = runner.run(async () => {
    const event = new Event()
    event.set()
    await event.waitAsync()
    const queue = new Queue({ maxsize: 2 })
    await queue.put(1)
    return [typeof sleep, queue.maxsize, event instanceof globalThis.Event, currentTask() !== undefined]
  })
  t.deepEqual(seen, ['function', 2, false, true])
})

test('inline: what the loop has of the package is the very same classes, also by import()', t => {
  const runner = runnerFor(t)
  t.deepEqual(
    runner.run(async () => {
      const ours = await import('threaded-async')
      return [ours.Queue === Queue, ours.CancelledError === CancelledError, ours.currentTask() === currentTask()]
    }),
    [true, true, true],
  )
})

test('inline: a function that compilers have named works', t => {
  const runner = runnerFor(t)
  const fn = new Function(
    'return async x => { const f = /* @__PURE__ */ __name(y => y + 1, "f"); return [f(x), f.name] }',
  )()
  t.deepEqual(runner.run(fn, [1]), [2, 'f'])
})

test('inline: strict mode, and one global scope per loop, which is not this one', t => {
  const runner = runnerFor(t)
  const assign = new Function('return () => { undeclared = 1 }')
  t.throws(() => runner.run(assign()), { code: 'ERR_CAPTURED_VARIABLE' })
  t.true(
    runner.run(() =>
      (function () {
        return this === undefined
      })(),
    ),
  )
  const count = () => (globalThis.visits = (globalThis.visits ?? 0) + 1)
  t.deepEqual([runner.run(count), runner.run(count)], [1, 2])
  t.is(globalThis.visits, undefined)
})
