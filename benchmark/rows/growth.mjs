// P10: whether an operation costs the same however much there is of everything else: tasks, runners, items in a queue.
// The contestants are one program, with little and with much; the goals compare them with each other.

import { AsyncRunner, Queue } from 'threaded-async'
import { awaitedLatencies, latencies } from '../measure.mjs'
import { size } from '../options.mjs'

const FLAT = 1.3

function row(title, unit, rounds, contestants, goals) {
  return { id: 'P10', title: `growth: ${title}`, unit, rounds, contestants, goals }
}

const flat = (of, against) => ({ of, against, within: FLAT })

// --- tasks

const MANY_TASKS = size(10_000)
// As in the row of round trips.
const CALLS = size(20_000)

const echo = async (own, back) => {
  for await (const number of own) back.putNowait(number)
}

/** Round trips with each of so many tasks in turn. */
const inTurn = (name, tasks) => ({
  name,
  setUp() {
    const runner = new AsyncRunner()
    const back = new Queue(runner)
    const own = Array.from({ length: tasks }, () => new Queue(runner))
    for (const queue of own) runner.createTask(echo, [queue, back])
    const call = index => {
      own[index % tasks].putWait(index)
      back.getWait()
    }
    return { round: () => [...latencies(CALLS, call)], tearDown: () => runner.close() }
  },
})

/** The same with nothing but promises, on one thread: what memory that has not been looked at lately costs by itself. */
const promisesInTurn = (name, functions) => ({
  name,
  setUp() {
    const back = new PlainQueue()
    const own = Array.from({ length: functions }, () => new PlainQueue())
    for (const queue of own) void plainEcho(queue, back)
    const call = index => {
      own[index % functions].put(index)
      return back.get()
    }
    return { round: async () => [...(await awaitedLatencies(CALLS, call))] }
  },
})

async function plainEcho(own, back) {
  for (;;) back.put(await own.get())
}

/** As little of a queue as one producer and one consumer need. */
class PlainQueue {
  #items = []
  #resolve

  put(item) {
    const resolve = this.#resolve
    this.#resolve = undefined
    if (resolve === undefined) this.#items.push(item)
    else resolve(item)
  }

  get() {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift())
    return new Promise(resolve => {
      this.#resolve = resolve
    })
  }
}

/** A new task each, beside so many that wait. */
const beside = (name, tasks) => ({
  name,
  setUp() {
    const runner = new AsyncRunner()
    const never = new Queue(runner)
    for (let index = 0; index < tasks; index++) runner.createTask(async never => await never.get(), [never])
    const call = () => runner.createTask(() => 1).wait()
    return { round: () => [...latencies(CALLS, call)], tearDown: () => runner.close() }
  },
})

const ONE_TASK = 'threaded-async, 1 task'
const ALL_TASKS = `threaded-async, ${MANY_TASKS} tasks in turn`
const ALONE = 'threaded-async, no other task'
const BESIDE = `threaded-async, ${MANY_TASKS} pending tasks`

export const moreTasks = row(
  'round trip of a number',
  'µs',
  9,
  [
    inTurn(ONE_TASK, 1),
    inTurn(ALL_TASKS, MANY_TASKS),
    promisesInTurn('plain promises, 1 function', 1),
    promisesInTurn(`plain promises, ${MANY_TASKS} functions in turn`, MANY_TASKS),
  ],
  [flat(ALL_TASKS, ONE_TASK)],
)

export const morePending = row(
  'createTask(fn).wait()',
  'µs',
  9,
  [beside(ALONE, 0), beside(BESIDE, MANY_TASKS)],
  [flat(BESIDE, ALONE)],
)

// --- runners

const MANY_RUNNERS = size(64, 2)

function echoOn(runner) {
  const there = new Queue(runner)
  const back = new Queue(runner)
  runner.createTask(echo, [there, back])
  return index => {
    there.putWait(index)
    back.getWait()
  }
}

/** Round trips while there are so many runners: with one of them, or with each in turn. They live for one round. */
const among = (name, count, takesTurns) => ({
  name,
  setUp: () => ({
    round() {
      const runners = Array.from({ length: count }, () => new AsyncRunner())
      const calls = runners.map(echoOn)
      for (const call of calls) latencies(CALLS / count, call)
      const used = takesTurns ? calls : calls.slice(-1)
      for (let index = 0; index < 200; index++) used[index % used.length](index)
      const times = latencies(CALLS, index => used[index % used.length](index))
      for (const runner of runners) runner.close()
      return [...times]
    },
  }),
})

const ONE_RUNNER = 'threaded-async, 1 runner'
const AMONG = `threaded-async, one of ${MANY_RUNNERS} runners`

export const moreRunners = {
  ...row(
    'round trip of a number',
    'µs',
    3,
    [
      among(ONE_RUNNER, 1, false),
      among(AMONG, MANY_RUNNERS, false),
      among(`threaded-async, ${MANY_RUNNERS} runners in turn`, MANY_RUNNERS, true),
    ],
    [flat(AMONG, ONE_RUNNER)],
  ),
  warms: false,
}

// --- items

const PAIRS = size(50_000)

/** Nanoseconds of a put and a get on a queue that holds so many items meanwhile. */
const holding = (name, items) => ({
  name,
  setUp() {
    const queue = new Queue()
    for (let index = 1; index < items; index++) queue.putNowait(index)
    const round = () => {
      const start = performance.now()
      for (let index = 0; index < PAIRS; index++) {
        queue.putNowait(index)
        queue.getNowait()
      }
      return ((performance.now() - start) * 1e6) / PAIRS
    }
    return { round, tearDown: () => queue.shutdown({ immediate: true }) }
  },
})

const nameOf = items => `threaded-async, queue of ${items.toLocaleString('en')} ${items === 1 ? 'item' : 'items'}`
const sizes = [1, size(1000, 2), size(1_000_000, 3)]

export const moreItems = row(
  'putNowait and getNowait',
  'ns',
  9,
  sizes.map(items => holding(nameOf(items), items)),
  sizes.slice(1).map(items => flat(nameOf(items), nameOf(1))),
)
