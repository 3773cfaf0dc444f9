// The doors of every wait, and the threads they are tried on.
//
// Promises that one body sees the same verbs whichever door it is given, and that `throughAllDoors` runs it four times:
// blocking and awaiting on the main thread, awaiting on a runner's loop, blocking on a loop that may block. Bodies live
// in `*.bodies.mjs` beside their spec and use `node:assert/strict`: what they throw fails the test. The loops are
// closed at the end of the spec, in order and without an unseen error.

import { AsyncRunner, Event, Future, Queue, select, selectWait, ShutdownType, taskModule } from 'threaded-async'

/** The same verbs through either door; what awaits resolves with what the other one returns. */
export const doors = {
  blocking: {
    name: 'blocking',
    get: (queue, options) => queue.getWait(options),
    put: (queue, item, options) => queue.putWait(item, options),
    getMany: (queue, max, options) => queue.getManyWait(max, options),
    putMany: (queue, items, options) => queue.putManyWait(items, options),
    join: (queue, options) => queue.joinWait(options),
    wait: (event, options) => event.wait(options),
    result: (future, options) => future.resultWait(options),
    select: (ops, options) => selectWait(ops, options),
    items: (queue, options) => queue.iterateWait(options),
  },
  awaiting: {
    name: 'awaiting',
    get: (queue, options) => queue.get(options),
    put: (queue, item, options) => queue.put(item, options),
    getMany: (queue, max, options) => queue.getMany(max, options),
    putMany: (queue, items, options) => queue.putMany(items, options),
    join: (queue, options) => queue.join(options),
    wait: (event, options) => event.waitAsync(options),
    result: (future, options) => future.result(options),
    select: (ops, options) => select(ops, options),
    items: queue => queue,
  },
}

/**
 * Every wait there is, for what holds of all of them. `make` makes what it must wait for, `ready` what it need not;
 * `serve` names the call that ends it with success, `count` the number of such waiters, `ended` the code of a wait
 * that the close of its runner ends.
 */
export const waits = {
  get: getter((door, it, options) => door.get(it, options)),
  getMany: getter((door, it, options) => door.getMany(it, 9, options)),
  put: putter((door, it, options) => door.put(it, 'extra', options)),
  putMany: putter((door, it, options) => door.putMany(it, ['extra'], options)),
  join: {
    make: full,
    ready: () => new Queue(),
    enter: (door, it, options) => door.join(it, options),
    serve: ['taskDone'],
    count: 'joiners',
    ended: 'ERR_QUEUE_SHUT_DOWN',
  },
  wait: {
    make: runner => new Event(runner),
    ready: () => after(new Event(), it => it.set()),
    enter: (door, it, options) => door.wait(it, options),
    serve: ['set'],
    count: 'waiters',
    ended: 'ERR_RUNNER_CLOSED',
  },
  result: {
    make: runner => new Future(runner),
    ready: () => after(new Future(), it => it.setResult(1)),
    enter: (door, it, options) => door.result(it, options),
    serve: ['setResult', 1],
    count: 'waiters',
    ended: 'ERR_RUNNER_CLOSED',
  },
}

function getter(enter) {
  return {
    make: runner => new Queue(runner),
    ready: () => full(),
    enter,
    serve: ['putNowait', 'late'],
    count: 'getters',
    ended: 'ERR_QUEUE_SHUT_DOWN',
  }
}

function putter(enter) {
  return {
    make: full,
    ready: () => new Queue(),
    enter,
    serve: ['getNowait'],
    count: 'putters',
    ended: 'ERR_QUEUE_SHUT_DOWN',
  }
}

function full(runner) {
  return after(new Queue(runner, { maxsize: 1 }), it => it.putNowait('first'))
}

function after(object, change) {
  change(object)
  return object
}

/** What a task does on a loop: one body of a module, through one door. */
export async function enterBody(url, title, door) {
  const { default: bodies } = await import(url)
  await bodies[title](doors[door])
}

const places = [
  { door: 'blocking', on: 'main' },
  { door: 'awaiting', on: 'main' },
  { door: 'awaiting', on: 'a loop', options: {} },
  { door: 'blocking', on: 'a loop that may block', options: { allowBlocking: true } },
]

/** Makes tests of `bodies`, the default export of the module at `url`: each under its title, at each of the places. */
export function throughAllDoors(test, bodies, url) {
  const here = taskModule(import.meta.url)
  const runners = new Map()
  const runnerOf = place => {
    if (!runners.has(place))
      runners.set(place, new AsyncRunner({ name: place.on, exitTimeout: 20_000, ...place.options }))
    return runners.get(place)
  }
  test.after('the loops close in order', t => {
    for (const runner of runners.values()) {
      runner.close()
      t.is(runner.shutdownType, ShutdownType.STOPPED)
    }
  })
  for (const title of Object.keys(bodies)) {
    for (const place of places) {
      test.serial(`${title} (${place.door} on ${place.on})`, async t => {
        const args = [url, title, place.door]
        if (place.options === undefined) await enterBody(...args)
        else await runnerOf(place).createTask(here.enterBody, args, { name: title }).result()
        t.pass()
      })
    }
  }
}
