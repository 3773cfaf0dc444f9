// let-go.mjs <ended|held|back|busy|cleanup|failed|nested|worker> [how]: runners that nobody closes, with --expose-gc.
//
// Shows that a runner ends once nobody holds it or anything of it and its loop has nothing to do, that it does not as
// long as somebody holds something, or the loop has something to do, and that tasks of runners nobody holds run to
// their end.

import { AsyncRunner, Event, Future, Queue } from 'threaded-async'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker, isMainThread } from 'node:worker_threads'
import { native } from '../../dist/internals.js'
import { check } from './support.mjs'

const [what, how] = process.argv.slice(2)
const other = new AsyncRunner({ name: 'other' })

/** Whether so many runners are left before the time is over, garbage being collected all the while. */
async function become(count, ms = 60_000) {
  for (const end = performance.now() + ms; performance.now() < end; await sleep(5)) {
    gc()
    if (native.runnerCount() === count) return true
  }
  return false
}

/** Uses of a runner after which nothing of it is held. */
const ended = {
  unused() {},
  run: runner => runner.run(() => 1),
  awaited: runner =>
    runner.run(async () => (await import('node:fs/promises')).readFile(process.execPath).then(() => 1)),
  queue(runner) {
    const queue = new Queue(runner)
    runner.createTask(queue => queue.put(1), [queue])
    queue.getWait()
    queue.putNowait('left')
  },
  primitives(runner) {
    const all = [new Event(runner), new Future(runner), new Queue(runner)]
    runner.run((...all) => void (globalThis.all = all), all)
  },
  current: runner => runner.run(() => void (globalThis.own = AsyncRunner.current)),
  unreferenced: runner => runner.run(() => void setInterval(() => {}, 1).unref()),
  finished: runner => runner.run(() => void setTimeout(() => {}, 50)),
  timeout: runner => runsOut(runner, 0), // The task is cancelled before it begins.
  timeoutLater: runner => runsOut(runner, 200),
  cancelled: runner => cancelOnceBegun(runner, new Event()),
  late(runner) {
    runner.createTask(async () => await new Promise(resolve => setTimeout(resolve, 50)))
  },
}

function runsOut(runner, timeout) {
  try {
    runner.run(async () => await new Promise(() => {}), [], { timeout })
  } catch {
    // The task was cancelled, and awaits for ever what nothing can settle.
  }
}

/** Cancels a task in a wait that nothing ends; in its cleanup it waits for nothing but a timer, and then for ever. */
function cancelOnceBegun(runner, cleaned) {
  const begun = new Event()
  const body = async (begun, cleaned) => {
    begun.set()
    try {
      await new Event().waitAsync()
    } finally {
      await new Promise(resolve => setTimeout(resolve, 100))
      cleaned.set()
      await new Promise(() => {})
    }
  }
  const task = runner.createTask(body, [begun, cleaned])
  begun.wait()
  task.cancel()
}

/** Ways to hold a runner, each of which returns how to let go of it. */
const held = {
  queue: runner => keep(new Queue(runner)),
  event: runner => keep(new Event(runner)),
  future: runner => keep(new Future(runner)),
  task: runner => keep(runner.createTask(() => 1)),
  transit(runner) {
    const queue = new Queue()
    queue.putNowait({ deep: [runner] })
    return keep(queue)
  },
  transitQueue(runner) {
    const queue = new Queue()
    queue.putNowait(new Queue(runner))
    return keep(queue)
  },
  loop(runner) {
    other.run(runner => void (globalThis.held = runner), [runner])
    return () => other.run(dropHeld)
  },
  loopQueue(runner) {
    other.run(queue => void (globalThis.held = queue), [new Queue(runner)])
    return () => other.run(dropHeld)
  },
  timer(runner) {
    const queue = new Queue()
    runner.run(
      queue => {
        const timer = setInterval(() => queue.qsize() && clearInterval(timer), 5)
      },
      [queue],
    )
    return () => queue.putNowait('end')
  },
  net(runner) {
    const queue = new Queue()
    runner.run(
      async queue => {
        const server = (await import('node:net')).createServer().listen(0)
        queue.get().then(() => server.close())
      },
      [queue],
    )
    return () => queue.putNowait('end')
  },
  floating(runner) {
    const queue = new Queue()
    runner.run(queue => void queue.get(), [queue])
    return () => queue.putNowait('end')
  },
  running(runner) {
    const event = new Event()
    runner.createTask(event => event.waitAsync(), [event])
    return () => event.set()
  },
  blocking(runner) {
    const event = new Event()
    runner.createTask(event => event.wait(), [event])
    return () => event.set()
  },
}

const kept = new Set()
function keep(object) {
  kept.add(object)
  return () => kept.clear()
}

/** A loop looks at what it has no objects of any more when it makes others. */
function dropHeld() {
  delete globalThis.held
  require('node:v8').setFlagsFromString('--expose-gc')
  require('node:vm').runInNewContext('gc')()
  for (let number = 0; number < 100; number++) new Queue()
}

const made = () => new AsyncRunner({ allowBlocking: true, exitTimeout: 5000 })

const ways = {
  async ended() {
    for (let round = 0; round < 3; round++) ended[how](made())
    check(await become(1), `runners that nobody holds end: ${native.runnerCount() - 1} are left`)
  },

  async held() {
    const letGo = held[how](made())
    check(!(await become(1, 1500)), 'a runner that somebody holds, or that has something to do, does not end')
    letGo()
    check(await become(1), 'it ends when it was let go of')
  },

  /** It comes back from a loop that has kept it, and works. */
  async back() {
    const queue = new Queue()
    const send = () => other.run((runner, queue) => void setTimeout(() => queue.put(runner), 500), [made(), queue])
    send()
    check(!(await become(1, 300)), 'it is kept')
    const runner = await queue.get()
    check(runner.run(() => 1) === 1, 'it works')
    runner.close()
  },

  /** Each task is all that is left of its runner. */
  async busy() {
    const results = await Promise.all(await createAll())
    check(String(results) === String(results.map((_, number) => number + 1)), 'all tasks have run')
    check(await become(1), `and then they end: ${native.runnerCount() - 1} are left`)
  },

  /** A task that was cancelled is no work, its cleanup is. */
  async cleanup() {
    const cleaned = new Event()
    cancelOnceBegun(made(), cleaned)
    check(await become(1), 'it ends')
    check(cleaned.isSet(), 'the cleanup has run')
  },

  /** `how`: what the program says of its exit code itself. */
  async failed() {
    fail(new AsyncRunner({ name: 'quiet', debug: true }))
    check(await become(1), 'it ends')
    if (how !== undefined) process.exitCode = Number(how)
  },

  async nested() {
    const outer = new AsyncRunner({ name: 'outer' })
    outer.run(() => {
      const inner = new AsyncRunner({ name: 'inner', debug: true })
      const failing = () => Promise.reject(new RangeError('unseen'))
      inner.createTask(failing, [], { name: 'failing' })
      return inner.createTask(() => {}).result()
    })
    const collects = setInterval(() => outer.run(() => gc()), 20)
    check(await become(2), 'it ends')
    clearInterval(collects)
    outer.close()
  },

  async worker() {
    if (!isMainThread) return void (fail(new AsyncRunner({ name: 'quiet', debug: true })), await become(2))
    const [code] = await once(new Worker(new URL(import.meta.url), { argv: ['worker'] }), 'exit')
    check(code === 1, `the worker thread has ended with exit code ${code}`)
  },
}

function fail(runner) {
  runner.createTask(function failing() {
    throw new RangeError('unseen')
  })
  runner.waitForNextEventloopIteration()
}

async function createAll() {
  const results = []
  for (let number = 0; number < 60; number++) {
    results.push(create(number))
    if (number % 3 === 0) gc()
    if (number % 5 === 0) await sleep(20 * Math.random())
  }
  return results
}

function create(number) {
  const runner = made()
  const queue = new Queue(number % 2 ? runner : undefined)
  setTimeout(() => queue.putNowait(1), 20 * Math.random())
  return runner.createTask(async (number, queue) => number + (await queue.get()), [number, queue]).result()
}

await ways[what]()
other.close()
console.log('pass')
