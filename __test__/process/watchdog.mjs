// Loops that do not come round, and loops that only look so: `watchdog.mjs CASE DOOR`, where the door is how the maker
// waits meanwhile, `block` or `await`.

import assert from 'node:assert/strict'
import { AsyncRunner, Event, sleep } from 'threaded-async'
import { isBusy } from '../support/program.mjs'

const [what, door = 'block'] = process.argv.slice(2)

/** In milliseconds. */
const STUCK_AFTER = 300

/** Tasks that hold their loop, and how that may be called. */
const holders = {
  spin: [
    () => {
      for (;;);
    },
    ['spinning'],
  ],
  timer: [
    async () => {
      setTimeout(() => {
        for (;;);
      }, 1)
      await sleep(60_000)
    },
    ['spinning'],
  ],
  microtasks: [
    async () => {
      for (;;) await null
    },
    ['microtasks'],
  ],
  regex: [() => /^(a+)+$/.test(`${'a'.repeat(40)}b`), ['spinning']],
  atomics: [() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), ['parked']],
  child: [
    () => void require('node:child_process').execFileSync(process.execPath, ['-e', 'setTimeout(() => {}, 3000)']),
    ['parked'],
  ],
}

/** Tasks that do not hold it, and what it is seen to do. */
const others = {
  sleeping: [() => sleep(60_000), 'running'],
  slow: [
    async () => {
      const server = require('node:net').createServer(socket => setTimeout(() => socket.end('late'), 60_000).unref())
      await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
      const socket = require('node:net').connect(server.address().port, '127.0.0.1')
      await new Promise(resolve => socket.on('data', resolve))
    },
    'running',
  ],
  immediates: [
    async () => {
      for (;;) await new Promise(resolve => setImmediate(resolve))
    },
    'running',
  ],
  steps: [
    async () => {
      for (;;) {
        for (const end = performance.now() + 20; performance.now() < end;);
        await sleep(0)
        await new Promise(resolve => setTimeout(resolve, 1))
      }
    },
    'running',
  ],
  door: [() => new Event().wait(), 'blocked'],
}

function runnerOf(options = {}) {
  const reports = []
  const onStuck = report => reports.push(report)
  const runner = new AsyncRunner({
    name: 'watched',
    stuckAfter: STUCK_AFTER,
    onStuck,
    exitTimeout: 50,
    allowBlocking: true,
    logForcedShutdownStackTrace: false,
    ...options,
  })
  return { runner, reports }
}

/** Waits in vain for so many milliseconds, by the door, and returns the error. */
async function waitFor(task, timeout) {
  try {
    if (door === 'block') task.wait({ timeout })
    else await task.result({ timeout })
  } catch (error) {
    return error
  }
  throw new Error('The task has ended.')
}

/** Waits until there are so many reports. */
async function until(reports, count, task) {
  for (const end = performance.now() + 15_000; reports.length < count && performance.now() < end;)
    await waitFor(task, 20)
  assert.equal(reports.length, count)
}

/** Waits until the loop is up and has begun with a task. */
async function untilBegun(runner) {
  const never = new Event()
  const waiting = { wait: options => never.wait(options), result: options => never.waitAsync(options) }
  while (runner.statistics().tasksRunning === 0) await waitFor(waiting, 5)
}

async function holds(name) {
  const [fn, states] = holders[name]
  const { runner, reports } = runnerOf({ debug: true })
  const task = runner.createTask(fn, [], { name })
  await until(reports, 1, task)
  const error = await waitFor(task, 100)
  const { loop, stuckFor, heldBy } = runner.statistics()
  const [{ stack, createdAt, ...report }] = reports
  assert.deepEqual({ loop, heldBy }, { loop: 'stuck', heldBy: [name] })
  assert.ok(stuckFor >= STUCK_AFTER && report.stuckFor >= STUCK_AFTER)
  assert.deepEqual(
    { ...report, stuckFor },
    { runner: 'watched', task: name, heldBy: [name], stuckFor, state: report.state },
  )
  const showsAll = !isBusy()
  if (process.platform === 'linux' && showsAll) assert.ok(states.includes(report.state), report.state)
  if ((name === 'spin' || name === 'timer') && (showsAll || stack !== undefined))
    assert.match(stack, /watchdog\.mjs:\d+:\d+/)
  if (report.state === 'parked') assert.equal(stack, undefined)
  assert.match(createdAt, /watchdog\.mjs/)
  assert.match(error.message, new RegExp(`Its loop is held by task '${name}'. It has not come round for \\d{3,} ms`))
  assert.equal(reports.length, 1)
  if (name === 'child') task.wait() // Nothing ends it before.
  runner.close()
}

async function doesNotHold(name) {
  const [fn, loop] = others[name]
  const { runner, reports } = runnerOf()
  const task = runner.createTask(fn, [], { name })
  await untilBegun(runner)
  await waitFor(task, 1000)
  const { stuckFor, blockedBy, ...seen } = runner.statistics()
  assert.deepEqual({ loop: seen.loop, stuckFor, reports }, { loop, stuckFor: 0, reports: [] })
  assert.equal(blockedBy, loop === 'blocked' ? 'an event' : '')
  runner.close()
}

const programs = {
  /** Nothing runs at all. */
  async idle() {
    const { runner, reports } = runnerOf()
    runner.run(() => 1)
    await waitFor({ wait: o => new Event().wait(o), result: o => new Event().waitAsync(o) }, 1000)
    const { loop, stuckFor } = runner.statistics()
    assert.deepEqual({ loop, stuckFor, reports }, { loop: 'running', stuckFor: 0, reports: [] })
    runner.close()
    assert.equal(runner.statistics().loop, 'ended')
  },
  /** Run with a preload that takes longer than a loop may take. */
  async boot() {
    const { runner, reports } = runnerOf()
    const task = runner.createTask(() => 'up')
    assert.equal(runner.statistics().loop, 'starting')
    assert.equal(door === 'block' ? task.wait() : await task.result(), 'up')
    assert.deepEqual(reports, [])
    runner.close()
  },
  /** Each time it gets stuck there is one report. */
  async again() {
    const { runner, reports } = runnerOf()
    const words = new Int32Array(new SharedArrayBuffer(4))
    for (let round = 1; round <= 3; round++) {
      Atomics.store(words, 0, 0)
      const task = runner.createTask(words => void Atomics.wait(words, 0, 0), [words], { name: `round ${round}` })
      await until(reports, round, task)
      await waitFor(task, STUCK_AFTER)
      Atomics.store(words, 0, 1)
      Atomics.notify(words, 0)
      if (door === 'block') task.wait()
      else await task.result()
      runner.waitForNextEventloopIteration()
      assert.equal(runner.statistics().stuckFor, 0)
    }
    assert.deepEqual(
      reports.map(({ task }) => task),
      ['round 1', 'round 2', 'round 3'],
    )
    runner.close()
  },
  /** Of several, only the one that is. */
  async several() {
    const all = ['a', 'b', 'c', 'd'].map(name => runnerOf({ name }))
    const tasks = all.map(({ runner }, index) =>
      runner.createTask(index === 2 ? holders.spin[0] : others.sleeping[0], [], { name: `task of ${runner.name}` }),
    )
    await until(all[2].reports, 1, tasks[0])
    await waitFor(tasks[1], 300)
    assert.deepEqual(
      all.map(({ reports }) => reports.map(({ runner, task }) => [runner, task])),
      [[], [], [['c', 'task of c']], []],
    )
    for (const { runner } of all) runner.close()
  },
  /** What the hook throws is uncaught on its thread, and ends no wait. */
  async throws() {
    const uncaught = []
    process.on('uncaughtException', error => uncaught.push(error.message))
    const { runner } = runnerOf({
      onStuck() {
        throw new Error('by the hook')
      },
    })
    const task = runner.createTask(holders.spin[0], [], { name: 'spin' })
    const error = await waitFor(task, 1500)
    assert.equal(error.code, 'ERR_EVENT_LOOP_TIMEOUT')
    while (uncaught.length === 0) await sleep(1)
    assert.deepEqual(uncaught, ['by the hook'])
    runner.close()
  },
  async off() {
    const { runner, reports } = runnerOf({ stuckAfter: Infinity })
    const task = runner.createTask(holders.spin[0], [], { name: 'spin' })
    await untilBegun(runner)
    await waitFor(task, 1000)
    const { loop, stuckFor, heldBy } = runner.statistics()
    assert.deepEqual({ loop, stuckFor, heldBy }, { loop: 'running', stuckFor: 0, heldBy: ['spin'] })
    assert.deepEqual(reports, [])
    runner.close()
  },
  /** An editor may have stopped the loop. */
  async inspected() {
    const { open, close } = await import('node:inspector')
    open(0)
    const { runner, reports } = runnerOf()
    const task = runner.createTask(holders.spin[0], [], { name: 'spin' })
    while (runner.statistics().loop !== 'stuck') await waitFor(task, 20)
    await waitFor(task, STUCK_AFTER)
    assert.deepEqual(reports, [])
    runner.close()
    close()
  },
  /** A loop without tasks, held by what a task has left behind, when the next task comes. */
  async leftover() {
    const { runner, reports } = runnerOf()
    const words = new Int32Array(new SharedArrayBuffer(4))
    runner.run(
      words => {
        setTimeout(() => {
          Atomics.store(words, 0, 1)
          for (;;);
        }, 50)
      },
      [words],
    )
    const never = new Event()
    while (Atomics.load(words, 0) === 0)
      await waitFor({ wait: options => never.wait(options), result: options => never.waitAsync(options) }, 20)
    const task = runner.createTask(() => 1, [], { name: 'next' })
    await until(reports, 1, task)
    assert.deepEqual([reports[0].task, reports[0].heldBy], ['', []])
    runner.close()
  },
  /** The whole process stands still for a while, and no loop was stuck. */
  async stopped() {
    const { runner, reports } = runnerOf()
    const task = runner.createTask(others.sleeping[0], [], { name: 'sleeping' })
    await waitFor(task, 300)
    console.log('ready')
    await waitFor(task, 1000)
    assert.deepEqual(reports, [])
    runner.close()
  },
}

if (what in holders) await holds(what)
else if (what in others) await doesNotHold(what)
else await programs[what]()
console.log('pass')
