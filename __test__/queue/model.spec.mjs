// Queues against a model: whatever is called in whatever order, the queue does what the model says.
//
// Promises that after every call the statistics are the model's, and that every wait ends as it does there. All calls
// of a run are made in one turn of this loop, so that their order is known; the waits are then served by the core
// alone. fast-check makes up the calls, and prints the shortest ones that differ; so node:assert, as AVA would count
// each failure.

import test from 'ava'
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Queue } from 'threaded-async'
import { done, failed, QueueModel } from './model.mjs'

/** The outcome of a call that does not wait. */
function outcome(call) {
  try {
    return done(call())
  } catch (error) {
    return failed(error.code)
  }
}

/** A run: a queue, its model, and the waits that were begun. */
class Run {
  #queue
  #model
  #controllers = []
  #promises = []
  #nextItem = 0

  constructor(bounds) {
    this.#queue = new Queue(bounds)
    this.#model = new QueueModel(bounds)
  }

  /** Strings, all different, of 4 to 13 bytes. */
  items(count) {
    return Array.from({ length: count }, () => `${this.#nextItem++}`.padEnd(4 + ((this.#nextItem * 7) % 10), '.'))
  }

  /** Begins a wait in both. */
  begin(enter, inModel) {
    const controller = new AbortController()
    const id = this.#controllers.push(controller) - 1
    inModel(this.#model, id)
    this.#promises.push(
      enter(this.#queue, { signal: controller.signal }).then(done, error =>
        error === 'aborted' || error.cause === 'aborted' ? failed('aborted') : failed(error.code, error.inserted),
      ),
    )
  }

  /** Makes a call in both that does not wait, and compares. */
  call(verb, args, inModel = model => model[verb](...args)) {
    assert.deepEqual(
      outcome(() => this.#queue[verb](...args)),
      inModel(this.#model),
    )
  }

  abort(number) {
    if (this.#controllers.length === 0) return
    const id = number % this.#controllers.length
    this.#controllers[id].abort('aborted')
    this.#model.abort(id)
  }

  compare() {
    assert.deepEqual(this.#queue.statistics(), this.#model.statistics())
  }

  /** Ends what waits still, so that nothing stays behind, and compares how every wait has ended. */
  async end() {
    for (let id = 0; id < this.#controllers.length; id++) this.abort(id)
    const ends = await Promise.all(this.#promises)
    assert.deepEqual(
      ends,
      ends.map((_, id) => this.#model.ends.get(id)),
    )
  }
}

const steps = {
  get: run =>
    run.begin(
      (queue, options) => queue.get(options),
      (model, id) => model.get(id),
    ),
  getMany: (run, n) =>
    run.begin(
      (queue, options) => queue.getMany(n + 1, options),
      (model, id) => model.get(id, n + 1),
    ),
  put: run => {
    const [item] = run.items(1)
    run.begin(
      (queue, options) => queue.put(item, options),
      (model, id) => model.put(id, [item], false),
    )
  },
  putMany: (run, n) => {
    const items = run.items(n)
    run.begin(
      (queue, options) => queue.putMany(items, options),
      (model, id) => model.put(id, items, true),
    )
  },
  join: run =>
    run.begin(
      (queue, options) => queue.join(options),
      (model, id) => model.join(id),
    ),
  abort: (run, n) => run.abort(n),
  getNowait: run => run.call('getNowait', []),
  putNowait: run => run.call('putNowait', run.items(1)),
  peekNowait: run => run.call('peekNowait', []),
  taskDone: run => run.call('taskDone', []),
  clear: run => run.call('clear', []),
  shutdown: (run, n) => {
    const immediate = n % 2 === 1
    run.call('shutdown', [{ immediate }], model => model.shutdown(immediate))
  },
}

const often = Object.keys(steps).filter(name => name !== 'shutdown' && name !== 'clear')
const step = fc.record({
  name: fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...often) },
    { weight: 1, arbitrary: fc.constantFrom('clear', 'shutdown') },
  ),
  n: fc.nat({ max: 9 }),
})

test('Q1-Q20: whatever is called in whatever order, a queue does what its model does', async t => {
  const property = fc.asyncProperty(
    fc.record({ maxsize: fc.constantFrom(0, 1, 2, 3, 7), maxBytes: fc.constantFrom(0, 0, 1, 12, 30) }),
    fc.array(step, { maxLength: 60, size: 'max' }),
    async (bounds, list) => {
      const run = new Run(bounds)
      try {
        for (const { name, n } of list) {
          steps[name](run, n)
          run.compare()
        }
      } finally {
        await run.end()
      }
    },
  )
  await fc.assert(property, { numRuns: 1500 })
  t.pass()
})
