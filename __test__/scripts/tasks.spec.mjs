// A sandboxed script as a task: waits, cancellation, errors, values, output, and the end of its server.
//
// Promises that a script is a task like any other to those who wait for it, and that one which is cancelled runs no further.

import ava from 'ava'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  AsyncRunner,
  BackgroundTask,
  CancelledError,
  EventLoopTimeoutError,
  InvalidStateError,
  Queue,
  RunnerClosedError,
  Script,
  select,
  Server,
  TaskFailedError,
} from 'threaded-async'
import { closedAfter, until } from '../support/runner-fixture.mjs'
import { serverFor } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const timeout = 30_000
const handlers = { add: (a, b) => a + b, echo: value => value }

test('a script is a task: its name, its state, its result through both doors', async t => {
  const server = serverFor(t, { handlers })
  const script = server.createScript('export default host => host.add(1, 2)', { name: 'adder' })
  t.true(script instanceof Script && script instanceof BackgroundTask)
  t.is(script.name, 'adder')
  server.settle({ timeout })
  t.false(script.done())
  t.is(server.statistics().tasksRunning, 1)
  server.processAll()
  t.is(script.wait({ timeout }), 3)
  t.is(await script.result(), 3)
  t.is((await select([script.resultOp()])).value, 3)
  t.true(script.done() && !script.cancelled())
  t.is(server.statistics().tasksRunning, 0)
})

test('what a module exports as default is called with host, or is no result', t => {
  const server = serverFor(t, { handlers })
  t.is(server.createScript('1 + 1').wait({ timeout }), undefined)
  t.is(server.createScript('export default 5').wait({ timeout }), undefined)
  t.is(server.createScript('export default h => h === host && typeof h.id').wait({ timeout }), 'number')
})

test('modules import each other by relative names, and what they share is one', t => {
  const server = serverFor(t, { handlers })
  const modules = {
    'lib/path.js': 'import { count } from "./count.js"; count.n++; export const route = x => x * 2',
    'lib/count.js': 'export const count = { n: 0 }',
    other: 'export default "other"',
  }
  const source =
    'import { route } from "lib/path.js"; import { count } from "./lib/count.js"; import other from "other"\n' +
    'const again = await import("lib/path.js"); export default () => [route(4), count.n, other, again.route(1)]'
  t.deepEqual(server.createScript(source, { modules }).wait({ timeout }), [8, 1, 'other', 2])
  const missing = server.createScript('await import("nowhere")', { modules })
  t.throws(() => missing.wait({ timeout }), { message: /nowhere/ })
})

const values = [
  undefined,
  null,
  true,
  false,
  0,
  -0,
  1,
  -1,
  2 ** 31,
  2 ** 53,
  1.5,
  NaN,
  -Infinity,
  '',
  'abc',
  'ä'.repeat(100),
  '\u{1f600}',
  'x'.repeat(10_000),
  0n,
  -5n,
  2n ** 200n,
  -(2n ** 64n),
  [1, 'a', [2.5]],
  { a: { b: [1, { c: 2 }] } },
  new Map([[1, { a: 1 }]]),
  new Set(['x']),
  new Date(5),
  new Uint8Array([1, 2, 3]),
  new Float64Array([1.5]),
  new ArrayBuffer(3),
]

test('values cross as answers, globals, arguments and results', t => {
  const server = serverFor(t, { handlers })
  for (const value of values) {
    const script = server.createScript('export default async host => [await host.echo(value), value]', {
      globals: { value },
    })
    t.deepEqual(server.processUntil(script, { timeout }), [value, value])
  }
})

test('a queue in an answer is refused by name, and so is one among the globals', t => {
  const server = serverFor(t, { handlers: { give: () => new Queue() } })
  const script = server.createScript(
    'try { await host.give() } catch (e) { globalThis.seen = [e.name, e.code, e.message] } export default () => seen',
  )
  const [, code, message] = server.processUntil(script, { timeout })
  t.is(code, 'ERR_UNCLONEABLE')
  t.regex(message, /cannot enter a sandboxed script: it is an object of this process, of the class Queue/)
  t.throws(() => server.createScript('', { globals: { queue: new Queue() } }), {
    code: 'ERR_UNCLONEABLE',
    message: /Queue/,
  })
})

test('errors keep their class, message, fields and cause, both ways', t => {
  const server = serverFor(t, {
    handlers: {
      fail: () => {
        throw Object.assign(new RangeError('no'), { code: 'NO', at: { x: 1 } })
      },
    },
    handlerErrors: 'reject',
  })
  const source =
    'try { await host.fail() } catch (e) {\n  if (!(e instanceof RangeError)) throw new Error("another class")\n' +
    '  throw Object.assign(new TypeError(e.message + e.code + e.at.x, { cause: e }), { mine: [1] })\n}'
  const error = t.throws(() => server.processUntil(server.createScript(source), { timeout }), {
    instanceOf: TypeError,
    message: 'noNO1',
  })
  t.deepEqual(error.mine, [1])
  t.true(error.cause instanceof RangeError)
  t.regex(error.stack, /script\.js:3:/)
})

test('a script that was cancelled has ended at once, and what it asked is withdrawn', async t => {
  const server = serverFor(t, { handlers })
  const script = server.createScript('try { await host.add(1, 2) } finally { await host.add(3, 4) }')
  server.settle({ timeout })
  t.is(server.pending, 1)
  script.cancel()
  t.true(script.done() && script.cancelled())
  server.settle({ timeout })
  t.is(server.pending, 0)
  t.throws(() => script.wait(), { instanceOf: CancelledError })
  await t.throwsAsync(script.result(), { instanceOf: CancelledError })
  t.is(server.processAll(), 0)
})

test('a script that spins can be cancelled', t => {
  const server = serverFor(t, { handlers })
  const script = server.createScript('for (;;);', { turnBudget: 1e12, tickBudget: 1e12, turnTime: 300 })
  script.cancel()
  t.true(script.cancelled())
  server.settle({ timeout })
  t.is(server.statistics().tasksRunning, 0)
})

test('a client that a handler has cancelled is skipped in the same round', t => {
  const seen = []
  const scripts = []
  const server = serverFor(t, {
    handlers: {
      ask(id) {
        seen.push(id)
        if (id === 0) scripts.slice(1).forEach(script => script.cancel())
      },
    },
    scriptThreads: 2,
  })
  for (let id = 0; id < 10; id++) scripts.push(server.createScript('await host.ask(id)', { globals: { id } }))
  t.is(server.processAll(), 1)
  t.deepEqual(seen, [0])
})

test('a signal, and a lifetime, cancel a script', async t => {
  const server = serverFor(t, { handlers })
  const controller = new AbortController()
  const script = server.createScript('await host.nextTick()', { signal: controller.signal })
  controller.abort(new Error('enough'))
  const error = await t.throwsAsync(script.result({ timeout }), { instanceOf: CancelledError })
  t.is(error.cause.message, 'enough')
  const never = server.createScript('await host.add(1, 2)', { signal: AbortSignal.abort() })
  t.throws(() => never.wait({ timeout }), { instanceOf: CancelledError })
  const short = server.createScript('await host.nextTick()', { lifetime: 20 })
  t.throws(() => short.wait({ timeout }), { instanceOf: EventLoopTimeoutError, message: /20 ms/ })
  t.is(server.pending, 0)
})

test('a wait that times out leaves the script as it is', t => {
  const server = serverFor(t, { handlers })
  const script = server.createScript('export default host => host.add(1, 2)')
  t.throws(() => script.wait({ timeout: 20 }), { instanceOf: EventLoopTimeoutError })
  t.is(server.processUntil(script, { timeout }), 3)
})

test('a call that the server cancels rejects in the script', t => {
  class Cancelling extends Server {
    handleRequest(request, future) {
      future.cancel()
    }
  }
  const server = serverFor(t, {}, Cancelling)
  const script = server.createScript(
    'try { await host.add(1) } catch (e) { globalThis.seen = e.code } export default () => seen',
  )
  t.is(server.processUntil(script, { timeout }), 'ERR_CANCELLED')
})

test('close ends all scripts, and those who wait for them', async t => {
  const server = serverFor(t, { handlers, scriptThreads: 2 })
  const scripts = Array.from({ length: 20 }, (_, i) =>
    server.createScript(
      ['await host.add(1, 2)', 'await host.nextTick()', 'for (;;);', 'export default () => 1'][i % 4],
      { turnBudget: 1e11, tickBudget: 1e11, turnTime: 200 },
    ),
  )
  const results = Promise.allSettled(scripts.map(script => script.result()))
  try {
    server.close()
  } catch {
    // Those that have spun for too long.
  }
  for (const { status, reason } of await results) {
    if (status === 'rejected') t.true(['ERR_CANCELLED', 'ERR_SCRIPT_BUDGET'].includes(reason.code), reason.message)
  }
  t.throws(() => server.createScript(''), { instanceOf: RunnerClosedError })
})

test('the error of a script that nobody asks for is thrown by close', t => {
  const server = new Server({ handlers })
  server.createScript('throw new RangeError("unasked")', { name: 'failing' })
  server.settle({ timeout })
  const group = t.throws(() => server.close(), { code: 'ERR_EXCEPTION_GROUP' })
  t.is(group.exceptions[0].message, 'unasked')
})

test('onTaskError is told of a script that fails', t => {
  const told = []
  const server = serverFor(t, { handlers, onTaskError: failure => told.push(failure) })
  server.createScript('throw new RangeError("told")', { name: 'failing' })
  server.settle({ timeout })
  server.processAll()
  t.is(told.length, 1)
  t.is(told[0].task, 'failing')
  t.is(told[0].error.message, 'told')
})

test('with failFast a script that fails ends the waits for its server', async t => {
  const server = serverFor(t, { handlers, failFast: true })
  const patient = server.createScript('await host.nextTick()')
  const waiting = patient.result({ timeout })
  server.createScript('throw new RangeError("first")', { name: 'failing' })
  const error = await t.throwsAsync(waiting, { instanceOf: TaskFailedError })
  t.is(error.task, 'failing')
  t.is(error.cause.message, 'first')
})

test('a client that was given is the host, and is there afterwards', t => {
  const server = serverFor(t, { handlers })
  const client = server.createClient({ name: 'mine' })
  t.is(server.createScript('export default host => host.id', { client }).wait({ timeout }), client.id)
  t.is(server.createScript('export default host => host.id', { client }).wait({ timeout }), client.id)
})

test('what a script prints goes to onOutput, line by line, before the wait for it ends', t => {
  const lines = []
  const server = serverFor(t, { handlers, onOutput: line => lines.push(line) })
  const script = server.createScript(
    'console.log("a", 1, { b: [2] }); console.error("c"); console.warn("d"); console.info("e")',
    { name: 'talker' },
  )
  script.wait({ timeout })
  t.deepEqual(
    lines.map(({ script: name, text, stream }) => [name, text, stream]),
    [
      ['talker', 'a 1 { b: [ 2 ] }', 'stdout'],
      ['talker', 'c', 'stderr'],
      ['talker', 'd', 'stderr'],
      ['talker', 'e', 'stdout'],
    ],
  )
})

test('what a script had printed before its budget was used up is not lost', t => {
  const lines = []
  const server = serverFor(t, { handlers, onOutput: ({ text }) => lines.push(text) })
  const script = server.createScript('console.log("before"); for (;;);')
  t.throws(() => script.wait({ timeout }), { code: 'ERR_SCRIPT_BUDGET' })
  t.deepEqual(lines, ['before'])
})

test('usage counts steps, requests and turns, also when the script has ended', t => {
  const server = serverFor(t, { handlers })
  const script = server.createScript(
    'await host.add(1, 2); await host.nextTick(); await host.add(1, 2); await host.nextTick()',
  )
  server.processAll()
  server.tick({ timeout })
  server.processAll()
  const before = script.usage()
  t.is(before.requests, 2)
  t.true(before.turns >= 3 && before.steps > before.stepsThisTick && before.memory > 0)
  server.tick({ timeout })
  t.true(script.done())
  t.true(script.usage().steps > before.steps)
})

test('a script whose signal was aborted before it began has used nothing, and cannot be saved', t => {
  const server = serverFor(t, { handlers })
  const controller = new AbortController()
  const aborting = {
    signal: controller.signal,
    get lifetime() {
      controller.abort()
      return 1000
    },
  }
  for (const options of [{ signal: AbortSignal.abort() }, aborting]) {
    const script = server.createScript('await host.add(1, 2)', options)
    t.is(script.usage().requests, 0)
    t.throws(() => script.save({ timeout }), { instanceOf: InvalidStateError })
    t.throws(() => script.wait({ timeout }), { instanceOf: CancelledError })
  }
  server.settle({ timeout })
  t.is(server.pending, 0)
})

test('a script goes to another loop, as a script', t => {
  const server = serverFor(t, { handlers })
  const runner = closedAfter(t, new AsyncRunner())
  const script = server.createScript('export default host => host.add(2, 3)')
  const task = runner.createTask(
    async (script, name) => [await script.result(), script.constructor.name, script.usage().requests, name],
    [script, 'x'],
  )
  t.is(server.processUntil(script, { timeout }), 5)
  t.deepEqual(task.wait({ timeout }), [5, 'Script', 1, 'x'])
})

test('a task of a loop makes scripts of a server that it was given', t => {
  const server = serverFor(t, { handlers })
  const runner = closedAfter(t, new AsyncRunner())
  const task = runner.createTask(
    async server => await server.createScript('export default host => host.add(2, 3)').result(),
    [server],
  )
  t.is(server.processUntil(task, { timeout }), 5)
  const own = server.createTask(
    async server => await server.createScript('export default host => host.add(3, 3)').result(),
    [server],
  )
  t.is(server.processUntil(own, { timeout }), 6)
})

test('500 scripts, each with a heap of its own', async t => {
  const server = serverFor(t, { handlers: { ask: n => n + 1 }, scriptThreads: 2 })
  const source =
    'let n = 0; for (let i = 0; i < 5; i++) { n = await host.ask(n); await host.nextTick() }\nexport default () => n'
  const scripts = Array.from({ length: 500 }, () => server.createScript(source))
  for (let tick = 0; tick < 5; tick++) {
    t.is(server.processAll(), 500)
    server.tick({ timeout })
  }
  t.deepEqual(
    await Promise.all(scripts.map(script => script.result({ timeout }))),
    scripts.map(() => 5),
  )
})

test('a script that nobody answers does not keep its server from closing while it is created', async t => {
  const server = new Server({ handlers })
  server.createScript('await host.add(1, 2)')
  await server.closeAsync()
  await until(() => server.statistics().tasksRunning === 0)
  await sleep(0)
  t.false(server.isRunning)
})
