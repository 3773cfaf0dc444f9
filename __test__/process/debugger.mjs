// A debugger at work while the main thread blocks. `editor.mjs` is the debugger: a thread of this process that talks to
// the main thread's inspector as an editor does, and through it to the loops.

import assert from 'node:assert/strict'
import { Worker } from 'node:worker_threads'
import { AsyncRunner, Event, EventLoopTimeoutError, Queue, Server, ShutdownType } from 'threaded-async'

const [what] = process.argv.slice(2)
const heard = []
let editor

/** Has the editor do `order`; resolves when it says that it is ready. */
async function attach(order) {
  editor = new Worker(new URL('./debugger-editor.mjs', import.meta.url), { workerData: order })
  editor.on('message', message => heard.push(message))
  const ready = new Promise(resolve => {
    editor.on('message', message => message === 'ready' && resolve())
  })
  await ready
  heard.length = 0
}

/** What the editor has heard, once it has heard so much. */
async function heardBy(count) {
  while (heard.length < count) await new Promise(resolve => setTimeout(resolve, 5))
  return heard
}

/** A runner whose loop is up. */
function running() {
  const runner = new AsyncRunner()
  runner.run(() => 1)
  return runner
}

/** Runs `body`, in which a task stops at the breakpoint. */
async function stopped(body, runner = running()) {
  await attach({ breakpoint: 'debugger-tasks' })
  body(runner, (await import('./debugger-tasks.mjs')).tasks)
  assert.deepEqual(await heardBy(1), [{ paused: 'double' }])
  runner.close()
}

const programs = {
  /** The breakpoint is hit while the main thread blocks for the task. */
  async breakpoint() {
    await stopped((runner, tasks) => assert.equal(runner.run(tasks.double, [21], { timeout: 20_000 }), 42))
  },
  async queue() {
    await stopped((runner, tasks) => {
      const queue = new Queue(runner)
      const task = runner.createTask(tasks.doubleInto, [queue, 21])
      assert.equal(queue.getWait({ timeout: 20_000 }), 42)
      task.wait()
    })
  },
  async serving() {
    const server = new Server({ handlers: { twice: n => n * 2 } })
    server.createBackgroundTask(() => 1).wait()
    await stopped((server, tasks) => {
      const task = server.createBackgroundTask(tasks.askAndDouble, [server.createClient(), 21])
      server.processUntil(task, { timeout: 20_000 })
      assert.equal(task.wait(), 84)
    }, server)
  },
  async closing() {
    await stopped((runner, tasks) => {
      runner.exitTimeout = 20_000
      runner.createTask(tasks.doubleAtLast)
      runner.waitForNextEventloopIteration()
      runner.close()
      assert.equal(runner.shutdownType, ShutdownType.STOPPED)
    })
  },
  /** A thread that waits for one that is paused: its own timeout holds, and its wait goes on after the pause. */
  async timeout() {
    const runner = running()
    await attach({ breakpoint: 'debugger-tasks', isHeld: true })
    const task = runner.createTask((await import('./debugger-tasks.mjs')).tasks.double, [21])
    while (runner.statistics().tasksRunning === 0);
    assert.throws(() => task.wait({ timeout: 300 }), EventLoopTimeoutError)
    editor.postMessage('resume')
    assert.equal(task.wait({ timeout: 20_000 }), 42)
    runner.close()
  },
  /** The console calls doors of the blocked thread: its own wait keeps its place, and its outcome. */
  async console() {
    const queue = (globalThis.queue = new Queue())
    const other = (globalThis.other = new Queue())
    const event = (globalThis.event = new Event())
    const order = [
      'other.putNowait({ a: 1 }); other.qsize()',
      'other.getWait().a',
      'try { other.getWait({ timeout: 50 }) } catch (error) { error.code }',
      'try { other.getNowait() } catch (error) { error.code }',
      'event.set(); event.isSet()',
      'queue.statistics().getters',
      'queue.putWait("an item"); queue.qsize()',
    ]
    await attach({ evaluate: order })
    assert.equal(queue.getWait({ timeout: 20_000 }), 'an item')
    const values = [1, 1, 'ERR_EVENT_LOOP_TIMEOUT', 'ERR_QUEUE_EMPTY', true, 1, 0]
    assert.deepEqual(await heardBy(values.length), values)
    assert.ok(event.isSet())
    assert.equal(other.qsize(), 0)
  },
  /** The same in the wait for a task, whose result comes while the console blocks. */
  async nested() {
    const runner = new AsyncRunner()
    globalThis.other = new Queue()
    await attach({ evaluate: ['try { other.getWait({ timeout: 400 }) } catch (error) { error.code }'] })
    const task = runner.createTask(() => sleep(200).then(() => 'result'))
    assert.equal(task.wait({ timeout: 20_000 }), 'result')
    assert.deepEqual(await heardBy(1), ['ERR_EVENT_LOOP_TIMEOUT'])
    runner.close()
  },
}
await programs[what]()
await editor.terminate()
console.log('pass')
