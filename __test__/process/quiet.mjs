// quiet.mjs <how>: programs in which something goes wrong and nobody asks.
//
// Each does one thing that must not stay silent; what it must print, and its exit code, stands in quiet.spec.mjs. Those
// that would block for ever end by themselves after two seconds of it.

import { AsyncRunner, Event, Future, Queue, RunnerPool, Server, select, sleep, sleepWait } from 'threaded-async'
import { Worker, isMainThread } from 'node:worker_threads'
import { check, pause, thrown, until, written } from './support.mjs'

const [how] = process.argv.slice(2)

async function broken(message = 'unheard') {
  throw new RangeError(message)
}

/** Runners that are not collected before the program ends: a loop whose runner is, tells of the errors by itself. */
const held = []

function failing(options = {}, ...messages) {
  const runner = new AsyncRunner({ name: 'mine', ...options })
  held.push(runner)
  for (const message of messages.length > 0 ? messages : ['unheard']) {
    const task = runner.createTask(broken, [message], { name: `task ${message}` })
    until(() => task.done())
  }
  return runner
}

/** A runner in one of whose tasks a runner was made that has a task which has failed. */
function failingInside() {
  const outer = new AsyncRunner({ name: 'outer' })
  held.push(outer)
  outer.run(async () => {
    const inner = (globalThis.inner = new AsyncRunner({ name: 'mine' }))
    const task = inner.createTask(() => Promise.reject(new RangeError('unheard')), [], { name: 'task unheard' })
    while (!task.done()) await sleep(1)
  })
  return outer
}

/** Once the task has failed, waits in something for so long that it must be told of. */
const long = { timeout: 1500 }
const late = body => void thrown(body)
const lateAwaited = wait => wait.catch(() => {})

/** Set when the work is done for which a runner keeps the process alive. */
const finished = new Int32Array(new SharedArrayBuffer(4))

async function finishes(finished, text) {
  await new Promise(resolve => setTimeout(resolve, 200))
  console.log(text)
  Atomics.store(finished, 0, 1)
}

/** By a timer that keeps nothing alive. */
function unrefOnceFinished(runner) {
  const look = () => Atomics.load(finished, 0) === 1 && runner.unref()
  setInterval(look, 10).unref()
}

/** A server with a task that has failed. */
function failingServer() {
  const server = new Server({ name: 'mine', handlers: {} })
  const task = server.createTask(broken, ['unheard'], { name: 'task unheard' })
  until(() => task.done())
  return server
}

/** Fails once nobody waits for it any more, and says when it begins, and when its end was told. */
async function fails(begun, givenUp, told) {
  Atomics.store(begun, 0, 1)
  await new Promise((_, reject) => {
    const look = () => {
      if (Atomics.load(givenUp, 0) === 0) return void setTimeout(look, 1)
      setImmediate(() => Atomics.store(told, 0, 1))
      reject(new RangeError('unheard'))
    }
    look()
  })
}

/** Gives up a run whose task fails afterwards; until then this thread makes no call that would serve the hook. */
function giveUp(runner) {
  const [begun, givenUp, told] = [1, 2, 3].map(() => new Int32Array(new SharedArrayBuffer(4)))
  const call = () => runner.run(fails, [begun, givenUp, told], { timeout: 500 })
  do check(thrown(call).code === 'ERR_EVENT_LOOP_TIMEOUT', 'the run times out')
  while (Atomics.load(begun, 0) === 0)
  Atomics.store(givenUp, 0, 1)
  while (Atomics.load(told, 0) === 0);
}

const ways = {
  // --- while a thread blocks

  get: () => late(() => new Queue(failing()).getWait(long)),
  'get without a runner'() {
    failing()
    late(() => new Queue().getWait(long))
  },
  event: () => late(() => new Event(failing()).wait(long)),
  future: () => late(() => new Future(failing()).resultWait(long)),
  put() {
    const queue = new Queue(failing(), { maxsize: 1 })
    queue.putNowait(1)
    late(() => queue.putWait(2, long))
  },
  iterate: () => late(() => [...new Queue(failing()).iterateWait(long)]),
  'short timeouts'() {
    const queue = new Queue(failing())
    for (const end = performance.now() + 2500; performance.now() < end;) late(() => queue.getWait({ timeout: 5 }))
  },
  'during the wait'() {
    const runner = new AsyncRunner({ name: 'mine' })
    const other = new AsyncRunner({ name: 'other' })
    const queue = new Queue(runner)
    const failsMeanwhile = async queue => {
      while (queue.statistics().getters === 0) await sleep(1)
      throw new RangeError('unheard')
    }
    const task = runner.createTask(failsMeanwhile, [queue], { name: 'task unheard' })
    const ends = async (task, queue) => {
      while (!task.done()) await sleep(1)
      await sleep(1500)
      queue.shutdown()
    }
    other.createTask(ends, [task, queue])
    late(() => queue.getWait())
    other.close()
  },
  'sleep blocking'() {
    failing()
    sleepWait(1500)
  },
  'map of a pool'() {
    failing()
    const pool = new RunnerPool({ name: 'workers', size: 1 })
    const forLong = async ms => await new Promise(resolve => setTimeout(resolve, ms))
    for (const _ of pool.mapWait(forLong, [1500]));
  },
  'get by name': () => late(() => new Queue(failing(), { name: 'pages' }).getWait(long)),

  // --- while a thread awaits

  'await get': () => lateAwaited(new Queue(failing(), { name: 'pages' }).get(long)),
  async 'for await'() {
    const queue = new Queue(failing(), { name: 'pages' })
    sleep(1500).then(() => queue.shutdown()) // A timer of Node could come before what was due before it.
    for await (const _ of queue);
  },
  /** The loop stands still while the second passes and the wait ends. */
  'await held up'() {
    const waiting = lateAwaited(new Queue(failing(), { name: 'pages' }).get(long))
    setTimeout(() => {
      for (const end = performance.now() + 2000; performance.now() < end;);
    })
    return waiting
  },
  'await put'() {
    const queue = new Queue(failing(), { maxsize: 1 })
    queue.putNowait(1)
    return lateAwaited(queue.put(2, long))
  },
  'await an event': () => lateAwaited(new Event(failing(), { name: 'ready' }).waitAsync(long)),
  'await a future': () => lateAwaited(new Future(failing()).result(long)),
  'await select': () => lateAwaited(select([new Queue(failing()).getOp(), new Queue().getOp()], long)),
  async 'await serve'() {
    const server = failingServer()
    const controller = new AbortController()
    sleep(1500).then(() => controller.abort()) // As above.
    await server.serve({ signal: controller.signal }).catch(() => {})
  },
  async 'await begun late'() {
    const queue = new Queue(failing())
    await new Promise(resolve => setTimeout(resolve, 1200))
    await lateAwaited(queue.get({ timeout: 3000 }))
  },
  'a pipeline'() {
    const runner = failing()
    const task = runner.createTask(queue => queue.get({ timeout: 1500 }).catch(() => {}), [new Queue(runner)])
    task.wait()
  },
  'await a result'() {
    const runner = failing()
    const task = runner.createTask(() => new Promise(resolve => setTimeout(resolve, 1500)))
    return task.result()
  },
  'await something of another runner'() {
    failing()
    return lateAwaited(new Queue(new AsyncRunner()).get(long))
  },
  async 'await what was asked for'() {
    const runner = new AsyncRunner()
    const task = runner.createTask(broken)
    until(() => task.done())
    const waiting = lateAwaited(new Queue(runner).get(long))
    task.result().catch(() => {})
    await waiting
  },

  several: () => late(() => new Queue(failing({}, 'one', 'two', 'three')).getWait(long)),
  'left behind'() {
    const runner = new AsyncRunner({ name: 'mine' })
    const leave = () =>
      void setTimeout(() => {
        throw new RangeError('unheard')
      }, 1)
    runner.createTask(leave, [], { name: 'careless' }).wait()
    runner.run(() => sleep(50))
    late(() => new Queue(runner).getWait(long))
  },
  'only once'() {
    const queue = new Queue(failing())
    late(() => queue.getWait({ timeout: 1300 }))
    late(() => queue.getWait({ timeout: 1300 }))
    late(() => new Event().wait({ timeout: 1300 }))
  },
  'in another thread'() {
    const runner = failing()
    const blocking = new AsyncRunner({ name: 'other', allowBlocking: true })
    late(() => blocking.run(queue => queue.getWait({ timeout: 1500 }), [new Queue(runner)]))
  },
  'process until'() {
    const server = failingServer()
    const waiting = server.createBackgroundTask(() => new Promise(() => {}))
    late(() => server.processUntil(waiting, long))
  },
  'process again and again'() {
    const server = failingServer()
    for (const end = performance.now() + 3000; performance.now() < end;) server.process()
  },

  'a queue of nobody, in a task of the same loop'() {
    const runner = failing({ allowBlocking: true })
    late(() => runner.run(queue => queue.getWait({ timeout: 1500 }), [new Queue()]))
  },
  'a queue of nobody, in a task of another loop'() {
    failing()
    late(() => new AsyncRunner({ name: 'other' }).run(queue => queue.get({ timeout: 1500 }), [new Queue()]))
  },
  'a queue of nobody, which a runner made in a task serves'() {
    failingInside()
    late(() => new Queue().getWait(long))
  },
  'a queue of the runner in whose task the runner was made'() {
    late(() => new Queue(failingInside()).getWait(long))
  },

  // --- what is not told while a thread blocks

  'a task'() {
    const runner = failing()
    late(() => runner.run(() => sleep(Infinity), [], long))
    late(() => runner.createTask(() => sleep(Infinity)).wait(long))
  },
  'of another runner'() {
    failing()
    late(() => new Queue(new AsyncRunner({ name: 'other' })).getWait(long))
  },
  'retrieved meanwhile'() {
    const runner = new AsyncRunner({ name: 'mine' })
    const queue = new Queue(runner)
    const task = runner.createTask(broken)
    until(() => task.done())
    late(() => queue.getWait({ timeout: 50 }))
    late(() => task.wait())
    late(() => queue.getWait(long))
  },
  'told by the hook'() {
    const runner = failing({ onTaskError: ({ error }) => written(`${error.message}\n`) })
    late(() => new Queue(runner).getWait(long))
  },
  'hook that throws'() {
    const runner = new AsyncRunner({
      name: 'mine',
      onTaskError() {
        throw new TypeError('from the hook')
      },
    })
    process.on('uncaughtException', ({ message }) => written(`${message}\n`))
    const task = runner.createTask(broken, [], { name: 'task unheard' })
    until(() => task.done())
    late(() => new Queue(runner).getWait(long))
  },

  // --- the end of the process

  natural: () => void failing(),
  'of two': () => void [failing({ name: 'one' }), failing({ name: 'two' })],
  'process.exit': () => (failing(), process.exit(0)),
  'process.exit without a code': () => (failing(), process.exit()),
  'process.exit(8) at the exit'() {
    failing()
    process.on('exit', () => process.exit(8))
  },
  'process.exit() at the exit'() {
    failing()
    process.on('exit', () => process.exit())
  },
  'process.exit(3)': () => (failing(), process.exit(3)),
  'exitCode 5'() {
    process.exitCode = 5
    failing()
  },
  'exitCode 0'() {
    process.exitCode = 0
    failing()
  },
  'closed in beforeExit'() {
    const runner = failing()
    process.once('beforeExit', () => written(`${thrown(() => runner.close()).exceptions.length}\n`))
  },
  'closed in exit'() {
    const runner = failing()
    process.on('exit', () => written(`${thrown(() => runner.close()).exceptions.length}\n`))
  },
  'asked in exit'() {
    const runner = new AsyncRunner({ name: 'mine' })
    const task = runner.createTask(broken)
    until(() => task.done())
    process.on('exit', () => written(`${thrown(() => task.wait()).message}\n`))
  },
  'listener that was there before'() {
    process.on('exit', code => written(`exit ${code}\n`))
    failing()
  },
  'work after beforeExit'() {
    failing()
    process.once('beforeExit', () => void setTimeout(() => process.exit(0), 10))
  },
  'uncaught error'() {
    failing()
    throw new Error('of main')
  },
  'in a worker'() {
    if (!isMainThread) return void failing()
    new Worker(new URL(import.meta.url), { argv: [how] }).on('exit', code => written(`worker ${code}\n`))
  },
  'process.exit in a worker'() {
    if (!isMainThread) return void (failing(), process.exit(0))
    new Worker(new URL(import.meta.url), { argv: [how] }).on('exit', code => written(`worker ${code}\n`))
  },
  'made in a task, not closed': () => void failingInside(),
  'made in a task, not closed, process.exit': () => (failingInside(), process.exit(0)),
  'made in a task'() {
    const outer = new AsyncRunner({ name: 'outer' })
    outer.run(() => {
      const inner = (globalThis.inner = new AsyncRunner({ name: 'inner' })) // Else it may be collected before its end.
      const failing = inner.createTask(() => {
        throw new RangeError('inside')
      })
      const unasked = () => Promise.reject(new RangeError('unheard'))
      return failing.result().catch(async () => {
        const task = inner.createTask(unasked)
        while (!task.done()) await sleep(1)
      })
    })
    written(`${thrown(() => outer.close()).message}\n`)
  },
  'made in a task, told'() {
    const outer = new AsyncRunner({ name: 'outer', onTaskError: ({ error }) => written(`told ${error.message}\n`) })
    outer.run(async () => {
      const inner = (globalThis.inner = new AsyncRunner({ name: 'inner' }))
      const task = inner.createTask(() => Promise.reject(new RangeError('unheard')))
      while (!task.done()) await sleep(1)
    })
    outer.close()
  },
  'hook at the end'() {
    const runner = new AsyncRunner({ name: 'mine', onTaskError: ({ error }) => written(`told ${error.message}\n`) })
    const task = runner.createTask(broken)
    while (!task.done()); // No call that would serve the hook.
  },
  'hook that throws at the end'() {
    const runner = new AsyncRunner({
      name: 'mine',
      onTaskError() {
        throw new TypeError('from the hook')
      },
    })
    const task = runner.createTask(broken)
    while (!task.done());
  },
  'run given up, at the end'() {
    giveUp(new AsyncRunner({ name: 'mine' }))
  },
  'run given up, whose hook throws at the end'() {
    const runner = new AsyncRunner({
      name: 'mine',
      onTaskError() {
        throw new TypeError('from the hook')
      },
    })
    giveUp(runner)
  },
  'waits the end has ended'() {
    const runner = new AsyncRunner({ name: 'mine', allowBlocking: true })
    const begun = new Event()
    const wraps = begun => {
      begun.set()
      try {
        new Queue().getWait()
      } catch (cause) {
        throw new Error('wrapped', { cause })
      }
    }
    runner.createTask(wraps, [begun])
    begun.wait()
    process.on('exit', () => pause(100))
  },
  nothing() {
    const runner = new AsyncRunner({ name: 'mine' })
    late(() => runner.run(broken))
    late(() => runner.createTask(broken).wait())
    runner.createTask(() => sleep(Infinity)).cancel()
    runner.run(() => 1)
  },

  // --- a busy runner

  'busy, debug'() {
    const runner = new AsyncRunner({ name: 'mine', debug: true })
    const begun = [new Event(), new Event()]
    const work = async begun => (begun.set(), await sleep(Infinity))
    runner.createTask(work, [begun[0]], { name: 'one' })
    runner.createTask(work, [begun[1]], { name: 'two' })
    for (const event of begun) event.wait()
  },
  'ref and unref'() {
    const runner = new AsyncRunner({ name: 'mine' })
    runner.ref()
    runner.createTask(finishes, [finished, 'background work finished'])
    unrefOnceFinished(runner)
  },
  'ref, then closed'() {
    const runner = new AsyncRunner({ name: 'mine' })
    runner.ref()
    setTimeout(() => runner.close(), 100)
    process.on('exit', () => {
      runner.ref() // Does nothing any more.
      written('closed\n')
    })
  },
  'ref of a server'() {
    const server = new Server({ name: 'mine', handlers: {} })
    server.ref()
    server.createBackgroundTask(finishes, [finished, 'finished'])
    unrefOnceFinished(server)
  },
  'ref elsewhere'() {
    const runner = new AsyncRunner({ name: 'mine' })
    const other = new AsyncRunner({ name: 'other' })
    written(`${thrown(() => other.run(runner => runner.ref(), [runner])).code}\n`)
    other.close()
    runner.close()
  },

  // --- out of memory

  'out of memory, main blocks'() {
    const seen = []
    const options = { name: 'full', resourceLimits: { maxOldGenerationSizeMb: 20 } }
    const runner = new AsyncRunner({ ...options, onTaskError: failure => seen.push(failure) })
    const task = runner.createTask(
      () => {
        for (const all = []; ; all.push(new Array(1000).fill(Math.random())));
      },
      [],
      { name: 'greedy' },
    )
    const texts = [thrown(() => new Queue(runner).getWait()), thrown(() => task.wait())].map(textOf)
    runner.close()
    texts.push(textOf(thrown(() => task.wait())), textOf(thrown(() => runner.run(() => 1))), textOf(seen[0].error))
    written(`${[...new Set(texts)].join('\n')}\n${seen.length} ${seen[0].task} ${seen[0].runner}\n`)
  },
  async 'out of memory, main awaits'() {
    const seen = []
    const options = { name: 'full', resourceLimits: { maxOldGenerationSizeMb: 20 } }
    const runner = new AsyncRunner({ ...options, onTaskError: failure => seen.push(failure) })
    const task = runner.createTask(
      () => {
        for (const all = []; ; all.push(new Array(1000).fill(Math.random())));
      },
      [],
      { name: 'greedy' },
    )
    const texts = [textOf(await task.result().catch(error => error))]
    while (seen.length === 0) await sleep(1)
    texts.push(textOf(await task.result().catch(error => error)), textOf(seen[0].error))
    await runner.closeAsync()
    texts.push(textOf(await task.result().catch(error => error)))
    written(`${[...new Set(texts)].join('\n')}\n${seen.length} ${seen[0].task} ${seen[0].runner}\n`)
  },
}

function textOf({ code, cause, exitCode }) {
  return [code, cause?.code, /20 MB/.test(cause?.message), exitCode].join(' ')
}

await ways[how]()
