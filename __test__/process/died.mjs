// died.mjs <how>: programs in which a loop ends by itself, and most of them never ask.
//
// What each must print, and its exit code, stands in died.spec.mjs. A loop that has ended is waited for by `until`, which
// asks for nothing of it.

import { AsyncRunner, Event, Queue, RunnerPool, Server, ShutdownType, sleep, synchronized } from 'threaded-async'
import { Worker, isMainThread } from 'node:worker_threads'
import { pause, thrown, until, written } from './support.mjs'

const [how] = process.argv.slice(2)

const exits = code => process.exit(code)
const eats = () => {
  for (const all = []; ; all.push(new Array(1000).fill(Math.random())));
}

/** A runner whose loop has ended by itself. */
function dead(options = {}, body = exits, args = [5]) {
  const runner = new AsyncRunner({ name: 'mine', ...options })
  runner.createTask(body, args, { name: 'fatal' })
  until(() => !runner.isRunning)
  return runner
}

const long = { timeout: 1500 }
const told = error => written(`${error.code} ${error.exitCode}\n`)

/** What a close throws, in short. */
function shown(body) {
  const group = thrown(body)
  written(`${group?.errors?.map(({ code, exitCode, message }) => `${code} ${exitCode} ${message}`).join('\n')}\n`)
  return group
}

/** A module whose loop has left an error behind and has died since; its next call is on another. */
function leaving(options = {}) {
  const module = synchronized(new URL('died-tasks.mjs', import.meta.url), { restart: true, name: 'mine', ...options })
  const isLeft = new Event()
  module.leave(isLeft)
  isLeft.wait()
  thrown(() => module.exits(5))
  written(`${module.one()}\n`)
  return module
}

const ways = {
  // --- the end of the process

  natural: () => void dead(),
  'exit code 0': () => void dead({}, exits, [0]),
  'process.exit(3)': () => (dead(), process.exit(3)),
  'exitCode 0'() {
    process.exitCode = 0
    dead()
  },
  'out of memory': () => void dead({ resourceLimits: { maxOldGenerationSizeMb: 20 } }, eats, []),
  'in a timer'() {
    const runner = new AsyncRunner({ name: 'mine' })
    runner.run(() => void setTimeout(() => process.exit(5), 10))
    until(() => !runner.isRunning)
  },
  'in a handler of errors'() {
    const runner = new AsyncRunner({ name: 'mine' })
    const fatal = async () => {
      process.setUncaughtExceptionCaptureCallback(error => {
        throw error
      })
      setTimeout(() => {
        throw new Error('caught')
      })
      await sleep(Infinity)
    }
    runner.createTask(fatal, [], { name: 'fatal' })
    until(() => !runner.isRunning)
  },
  'with failFast': () => void dead({ failFast: true }),
  'several tasks'() {
    const runner = new AsyncRunner({ name: 'mine' })
    for (let i = 1; i < 7; i++) runner.createTask(() => sleep(Infinity), [], { name: `task ${i}` })
    runner.run(() => {})
    runner.createTask(exits, [5], { name: 'fatal' })
    until(() => !runner.isRunning)
  },
  'beside a failed task'() {
    const runner = new AsyncRunner({ name: 'mine' })
    const failed = runner.createTask(() => Promise.reject(new RangeError('unheard')), [], { name: 'fails' })
    until(() => failed.done())
    runner.createTask(exits, [5], { name: 'fatal' })
    until(() => !runner.isRunning)
  },
  'of two': () => void [dead({ name: 'one' }), dead({ name: 'two' })],
  'before it is up'() {
    const runner = new AsyncRunner({ name: 'mine', resourceLimits: { maxOldGenerationSizeMb: 3 } })
    until(() => !runner.isRunning)
  },
  'in a worker'() {
    if (!isMainThread) return void dead()
    new Worker(new URL(import.meta.url), { argv: [how] }).on('exit', code => written(`worker ${code}\n`))
  },
  'a server'() {
    const server = new Server({ name: 'mine', handlers: {} })
    server.createTask(exits, [5], { name: 'fatal' })
    until(() => !server.isRunning)
  },

  // --- while a thread waits

  blocked() {
    dead()
    thrown(() => new Queue().getWait(long))
  },
  async awaited() {
    dead()
    await new Event().waitAsync(long).catch(() => {})
  },

  // --- the close

  close() {
    const runner = dead()
    shown(() => runner.close())
    runner.close()
  },
  async closeAsync() {
    const runner = dead()
    const group = await runner.closeAsync().catch(error => error)
    shown(() => {
      throw group
    })
  },
  'close beside a failed task'() {
    const runner = new AsyncRunner({ name: 'mine' })
    const failed = runner.createTask(() => Promise.reject(new RangeError('unheard')), [], { name: 'fails' })
    until(() => failed.done())
    runner.createTask(exits, [5], { name: 'fatal' })
    until(() => !runner.isRunning)
    written(`${thrown(() => runner.close()).message}\n`)
  },
  'close out of memory'() {
    const runner = dead({ resourceLimits: { maxOldGenerationSizeMb: 20 } }, eats, [])
    written(`${thrown(() => runner.close()).errors[0].cause.code}\n`)
  },
  /** Of many waits that its end ends, one goes on to close it while the others are told. */
  'closed at once'() {
    for (let round = 0; round < 30; round++) {
      const runner = new AsyncRunner({ name: 'mine', exitTimeout: 0 })
      const [first] = Array.from({ length: 300 }, () => runner.createTask(() => sleep(Infinity)))
      runner.createTask(exits, [5])
      thrown(() => first.wait())
      runner.close()
      if (runner.shutdownType !== ShutdownType.UNKNOWN) written(`${runner.shutdownType}\n`)
    }
  },
  'closed in exit'() {
    const runner = dead()
    process.on('exit', () => void shown(() => runner.close()))
  },
  'pool, replaced'() {
    const pool = new RunnerPool({ name: 'pool', size: 1 })
    pool.createTask(exits, [5], { name: 'fatal' })
    until(() => pool.statistics().running === 0)
    written(`${pool.run(() => 'goes on')}\n`)
    shown(() => pool.close())
  },
  'made in a task'() {
    const outer = new AsyncRunner({ name: 'outer' })
    outer.run(async () => {
      const inner = new AsyncRunner({ name: 'inner' })
      inner.createTask(() => process.exit(5), [], { name: 'fatal' })
      while (inner.isRunning) await new Promise(resolve => setTimeout(resolve, 5))
    })
    written(`${thrown(() => outer.close()).message}\n`)
  },
  'made in a task, told'() {
    const outer = new AsyncRunner({
      name: 'outer',
      onTaskError: ({ error, runner }) => (told(error), written(`${runner}\n`)),
    })
    outer.run(async () => {
      const inner = new AsyncRunner({ name: 'inner' })
      inner.createTask(() => process.exit(5))
      while (inner.isRunning) await new Promise(resolve => setTimeout(resolve, 5))
    })
    outer.close()
  },

  // --- seen

  'seen by wait': () => {
    const runner = new AsyncRunner({ name: 'mine' })
    const task = runner.createTask(exits, [5])
    told(thrown(() => task.wait()))
    runner.close()
  },
  async 'seen by result'() {
    const runner = new AsyncRunner({ name: 'mine' })
    await runner.createTask(exits, [5]).result().catch(told)
    runner.close()
  },
  'seen by another wait'() {
    const runner = new AsyncRunner({ name: 'mine' })
    const queue = new Queue(runner)
    runner.createTask(exits, [5])
    told(thrown(() => queue.getWait()))
    runner.close()
  },
  'seen by a poll'() {
    const runner = new AsyncRunner({ name: 'mine' })
    const queue = new Queue(runner)
    runner.createTask(exits, [5])
    until(() => !runner.isRunning)
    told(thrown(() => queue.getNowait()))
  },
  async 'seen by an await'() {
    const runner = new AsyncRunner({ name: 'mine' })
    const [event, queue] = [new Event(runner), new Queue(runner)]
    runner.createTask(exits, [5])
    await Promise.allSettled([event.waitAsync(), queue.get()]).then(([{ reason }]) => told(reason))
    await runner.closeAsync()
  },
  'seen by a call': () => told(thrown(() => dead().run(() => 1))),
  'seen by createTask'() {
    const runner = dead()
    told(thrown(() => runner.createTask(() => 1)))
  },
  'seen by the hook'() {
    const runner = dead({ onTaskError: ({ error }) => told(error) })
    pause(50)
    runner.close()
  },
  'seen by the hook at the end'() {
    const runner = new AsyncRunner({ name: 'mine', onTaskError: ({ error }) => told(error) })
    runner.createTask(exits, [5])
    while (runner.isRunning); // No call that would serve the hook.
  },
  'hook that throws'() {
    process.on('uncaughtException', ({ message }) => written(`${message}\n`))
    const onTaskError = () => {
      throw new TypeError('from the hook')
    }
    dead({ onTaskError })
    pause(50)
  },
  'seen by use'() {
    told(thrown(() => AsyncRunner.use(runner => runner.run(exits, [5]), { name: 'mine' })))
  },
  'seen in a task of another'() {
    const runner = new AsyncRunner({ name: 'mine' })
    const other = new AsyncRunner({ name: 'other' })
    const queue = new Queue(runner)
    const task = other.createTask(queue => queue.get().catch(({ code }) => code), [queue])
    until(() => queue.statistics().getters > 0)
    runner.createTask(exits, [5])
    written(`${task.wait()}\n`)
    other.close()
    runner.close()
  },
  restart() {
    const module = synchronized(new URL('died-tasks.mjs', import.meta.url), { restart: true })
    told(thrown(() => module.exits(5)))
    written(`${module.one()}\n`)
    module.close?.()
  },

  'restart, left behind': () => void leaving(),
  'restart, left behind, disposed'() {
    const module = leaving()
    written(`${thrown(() => module[Symbol.dispose]()).message}\n`)
  },
  'restart, told'() {
    const module = leaving({ onTaskError: ({ error }) => void (error.code ?? written(`told ${error.message}\n`)) })
    module[Symbol.dispose]()
  },
  'restart with failFast'() {
    const module = leaving({ failFast: true })
    written(`${module.one()}\n`)
    written(`${thrown(() => module[Symbol.dispose]()).code}\n`)
  },

  // --- no failure

  'end of the process'() {
    const runner = new AsyncRunner({ name: 'mine' })
    runner.createTask(() => sleep(Infinity))
    runner.run(() => 1)
    process.on('exit', () => pause(100))
  },
  'stopped by force'() {
    const runner = new AsyncRunner({ name: 'mine', exitTimeout: 10, logForcedShutdownStackTrace: false })
    const begun = new Event()
    runner.createTask(
      begun => {
        begun.set()
        for (;;);
      },
      [begun],
    )
    begun.wait()
    runner.close()
  },
  'with its maker'() {
    const outer = new AsyncRunner({ name: 'outer' })
    outer.run(() => {
      const inner = new AsyncRunner({ name: 'inner' })
      inner.createTask(() => new Promise(() => {}))
      return inner.createTask(() => 1).result()
    })
    outer.close()
  },
  'with its maker, starting'() {
    const outer = new AsyncRunner({ name: 'outer' })
    outer.run(() => void new AsyncRunner({ name: 'inner' }).createTask(() => new Promise(() => {})))
    outer.close()
    pause(300)
  },
  'with its maker, which exits'() {
    const outer = new AsyncRunner({ name: 'outer' })
    const task = outer.createTask(async () => {
      const inner = new AsyncRunner({ name: 'inner' })
      inner.createTask(() => new Promise(() => {}))
      await inner.createTask(() => 1).result()
      process.exit(5)
    })
    told(thrown(() => task.wait()))
    pause(300)
    outer.close()
  },
  'with a worker'() {
    if (!isMainThread) {
      const runner = new AsyncRunner({ name: 'mine' })
      runner.createTask(() => new Promise(() => {}))
      runner.run(() => 1)
      setInterval(() => {}, 1000)
      return void process.emit('never') // It is ended by the main thread.
    }
    const worker = new Worker(new URL(import.meta.url), { argv: [how] })
    setTimeout(() => worker.terminate().then(code => written(`worker ${code}\n`)), 1000)
  },
}

await ways[how]()
