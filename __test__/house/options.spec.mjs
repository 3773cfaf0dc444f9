// Options by their names: one that does not exist, and an object that plainly is none of options, such as one of this
// package, is refused wherever options are taken, before any effect.

import { runInNewContext } from 'node:vm'
import test from 'ava'
import {
  AsyncRunner,
  Event,
  Future,
  PriorityQueue,
  Queue,
  RunnerPool,
  Server,
  TimeoutTimer,
  sleep,
  synchronized,
  waitForOrCancel,
} from 'threaded-async'

const runner = new AsyncRunner()
const server = new Server({ handlers: {} })
const pool = new RunnerPool({ size: 1 })
const task = runner.createTask(() => 1)
const future = new Future()
future.setResult(1)
const event = new Event()
event.set()

/** Every call that takes options, what it calls the nearest one, and one that is nearly written so. */
const calls = [
  [options => new AsyncRunner(options), 'exitTimeOut', 'exitTimeout'],
  [options => new AsyncRunner(options), 'call_in_loop_timeout', 'callInLoopTimeout'],
  [options => new AsyncRunner({ resourceLimits: options }), 'maxOldGenerationSizeMB', 'maxOldGenerationSizeMb'],
  [options => AsyncRunner.use(() => 1, options), 'allowblocking', 'allowBlocking'],
  [options => runner.createTask(() => 1, [], options), 'timeOut', 'timeout'],
  [options => runner.createTask(() => 1, [], options), 'abortSignal', 'signal'],
  [options => runner.run(() => 1, [], options), 'timout', 'timeout'],
  [options => runner.callInLoop(() => 1, [], options), 'timeoutMs', 'timeout'],
  [options => runner.waitForNextEventloopIteration(options), 'tiemout', 'timeout'],
  [options => task.wait(options), 'Timeout', 'timeout'],
  [options => task.result(options), 'signals', 'signal'],
  [options => new Queue(options), 'maxSize', 'maxsize'],
  [options => new Queue(options), 'size', 'maxsize'],
  [options => new Queue(runner, options), 'max_bytes', 'maxBytes'],
  [options => new Queue().get(options), 'singal', 'signal'],
  [options => new Queue().getWait(options), 'time', 'timeout'],
  [options => new Queue().put(1, options), 'transferList', 'transfer'],
  [options => new Queue().putWait(1, options), 'transfers', 'transfer'],
  [options => new Queue().putNowait(1, options), 'tranfser', 'transfer'],
  [options => new Queue().getMany(1, options), 'timeout_', 'timeout'],
  [options => new Queue().getManyWait(1, options), 'timeouts', 'timeout'],
  [options => new Queue().putMany([1], options), 'Signal', 'signal'],
  [options => new Queue().putManyWait([1], options), 'timeot', 'timeout'],
  [options => new Queue().join(options), 'timeoutt', 'timeout'],
  [options => new Queue().joinWait(options), 'timeut', 'timeout'],
  [options => new Queue().shutdown(options), 'imediate', 'immediate'],
  [options => new Queue().iterateWait(options), 'imeout', 'timeout'],
  [options => event.wait(options), 'tmeout', 'timeout'],
  [options => event.waitAsync(options), 'sgnal', 'signal'],
  [options => event.asAsyncEvent().wait(options), 'sgnal', 'signal'],
  [options => future.result(options), 'timeouT', 'timeout'],
  [options => future.resultWait(options), 'timeout1', 'timeout'],
  [options => new Future().setResult(1, options), 'Transfer', 'transfer'],
  [options => sleep(0, options), 'signaal', 'signal'],
  [options => waitForOrCancel(() => 1, new Event(), options), 'ttimeout', 'timeout'],
  [options => new Server(options), 'handler', 'handlers'],
  [options => new Server(options), 'queuesize', 'queueSize'],
  [options => new Server(options), 'stuckafter', 'stuckAfter'],
  [options => server.process(options), 'timeout ', 'timeout'],
  [options => server.processAll(options), 'maxtime', 'maxTime'],
  [options => server.processUntil(task, options), 'timeOUT', 'timeout'],
  [options => server.settle(options), 'timeo', 'timeout'],
  [options => server.tick(options), 'timeeout', 'timeout'],
  [options => server.createBackgroundTask(() => 1, [], options), 'names', 'name'],
  [options => server.createBackgroundTask(() => 1, [], options), 'lifeTime', 'lifetime'],
  [options => new Server(options), 'handlerError', 'handlerErrors'],
  [options => new Server(options), 'scripthreads', 'scriptThreads'],
  [options => server.createScript('', options), 'turnbudget', 'turnBudget'],
  [options => server.createScript('', options), 'memory_limit', 'memoryLimit'],
  [options => server.createTask(() => 1, [], options), 'tmieout', 'timeout'],
  [options => server.createClient(options), 'nam', 'name'],
  [options => server.createClient().with(options), 'abort_signal', 'signal'],
  [options => server.serve(options), 'Signal', 'signal'],
  [options => server.advance(options), 'untill', 'until'],
  [options => Server.tickAll([server], options), 'timeout-', 'timeout'],
  [options => new RunnerPool(options), 'sizes', 'size'],
  [options => new RunnerPool(options), 'exittimeout', 'exitTimeout'],
  [options => pool.createTask(() => 1, [], options), 'Timeout', 'timeout'],
  [options => pool.run(() => 1, [], options), 'timeOut', 'timeout'],
  [options => pool.map(() => 1, [], options), 'concurency', 'concurrency'],
  [options => pool.mapWait(() => 1, [], options), 'order', 'ordered'],
  [options => pool.mapWait(() => 1, [], options), 'time_out', 'timeout'],
  [options => synchronized('node:fs', options), 'restarts', 'restart'],
  [options => synchronized('node:fs', options), 'time_out', 'timeout'],
]

for (const [call, wrong, right] of calls) {
  const title = String(call).replace(/^options => /, '')
  test.serial(`${title}: '${wrong}' is refused, and '${right}' suggested`, async t => {
    const refusal = {
      instanceOf: TypeError,
      code: 'ERR_INVALID_ARG_VALUE',
      message: /^The option '.*' does not exist: did you mean '.*'\?$/,
    }
    const attempt = async () => call({ [wrong]: 1 })
    const error = await t.throwsAsync(attempt, refusal)
    t.true(error.message.includes(`${wrong}' does not exist: did you mean '${right}'?`), error.message)
    t.true(error.stack.split('\n')[1].includes('options.spec.mjs'), error.stack)
  })
}

const client = server.createClient()
const ours = {
  AsyncRunner: runner,
  Server: server,
  RunnerPool: pool,
  BackgroundTask: task,
  Future: future,
  Event: event,
  Queue: new Queue({ name: 'jobs', maxsize: 3 }),
  PriorityQueue: new PriorityQueue(),
  'subclass of Queue': new (class Jobs extends Queue {})(),
  'subclass of RunnerPool': new (class Images extends RunnerPool {})({ size: 1 }),
  Client: client,
  'client.with': client.with({ timeout: 5 }),
  'client.sync': client.sync,
  TimeoutTimer: new TimeoutTimer(5),
  SelectOp: new Queue().getOp(),
}
const others = {
  AbortSignal: new AbortController().signal,
  Promise: Promise.resolve({}),
  Array: [],
  Map: new Map([['timeout', 5]]),
  Set: new Set(['timeout']),
  Date: new Date(),
  URL: new URL('file:///'),
  ArrayBuffer: new ArrayBuffer(8),
  Uint8Array: new Uint8Array(1),
}
const named = [options => new Event(options), options => new Future(options), options => new Event(runner, options)]
const takers = new Map(
  [...calls.map(([call]) => call), ...named].map(call => [String(call).slice('options => '.length), call]),
)

for (const [title, call] of takers) {
  test.serial(`${title}: an object that is meant for something else is refused`, async t => {
    const takesRunner = /^new (?:Queue|Event|Future)\(options\)$/.test(title)
    for (const [what, value] of Object.entries({ ...ours, ...others })) {
      if (takesRunner && value === runner) continue
      const wanted =
        takesRunner && what in ours ? 'an instance of AsyncRunner' : 'an object that has options by their names'
      const error = await t.throwsAsync(async () => call(value), { instanceOf: TypeError }, what)
      t.is(error.code, 'ERR_INVALID_ARG_TYPE', what)
      t.true(error.message.includes(` must be ${wanted}. Received an instance of `), `${what}: ${error.message}`)
      t.true(error.stack.split('\n')[1].includes('options.spec.mjs'), error.stack)
    }
  })
}

test.serial('a refusal says what is wanted, and what came', t => {
  t.throws(() => new Queue(pool), {
    message: 'The "runner" argument must be an instance of AsyncRunner. Received an instance of RunnerPool',
  })
  t.throws(() => new Event(pool, { name: 'go' }), {
    message: 'The "runner" argument must be an instance of AsyncRunner. Received an instance of RunnerPool',
  })
  t.throws(() => new AsyncRunner(runner), {
    message:
      'The "options" argument must be an object that has options by their names. Received an instance of AsyncRunner',
  })
})

test.serial('options may be of any class, of another realm, behind a Proxy, or a module', async t => {
  class Tagged {
    maxsize = 6
    get [Symbol.toStringTag]() {
      return 'Tagged'
    }
  }
  t.is(new Queue(new Tagged()).maxsize, 6)
  t.is(new Queue(runInNewContext('({ maxsize: 7 })')).maxsize, 7)
  t.is(new Queue(new Proxy({ maxsize: 8 }, {})).maxsize, 8)
  t.is(new Queue(await import('data:text/javascript,export const maxsize = 9')).maxsize, 9)
  t.is(new Queue(new (class Empty {})()).maxsize, Infinity)
})

test.serial('a name that is like none is refused with those there are', t => {
  t.throws(() => new Queue({ colour: 'red' }), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /^The option 'colour' does not exist: there are .*'maxsize'.* and '.*'\.$/,
  })
  t.throws(() => new Queue().shutdown({ x: 1 }), { message: "The option 'x' does not exist: there is 'immediate'." })
  t.throws(() => server.processAll({ timeout: 5 }), { message: /'timeout' does not exist/ })
  t.throws(() => new Queue().getWait({ signal: AbortSignal.timeout(1) }), { message: /'signal' does not exist/ })
})

test.serial('only own, enumerable names with a value are looked at', t => {
  t.notThrows(() => new Queue({ colour: undefined }))
  t.notThrows(() => new Queue({ [Symbol('colour')]: 1 }))
  t.notThrows(() => new Queue(Object.defineProperty({}, 'colour', { value: 1 })))
  t.is(new Queue(Object.create({ colour: 1, maxsize: 3 })).maxsize, 3)
  class Options {
    maxsize = 4
    get colour() {
      return 1
    }
  }
  t.is(new Queue(new Options()).maxsize, 4)
  t.is(new Queue({ __proto__: null, maxsize: 5 }).maxsize, 5)
  const inherited = new Server(Object.create({ queueSize: 2, exitTimeout: 77, handlers: {} }))
  t.is(inherited.eventLoopExitTimeout, 77)
  inherited.close()
})

test.serial('a refused option has no effect', async t => {
  const queue = new Queue()
  const memory = new ArrayBuffer(8)
  await t.throwsAsync(queue.put(memory, { transfer: [memory], time: 1 }), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => queue.putWait(memory, { transfer: [memory], times: 1 }), { code: 'ERR_INVALID_ARG_VALUE' })
  t.is(queue.qsize(), 0)
  t.is(memory.byteLength, 8)
  queue.putNowait(1)
  t.throws(() => queue.getWait({ timeouts: 1 }), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => queue.shutdown({ now: true }), { code: 'ERR_INVALID_ARG_VALUE' })
  t.is(queue.qsize(), 1)
  t.false(queue.isShutdown)
  const { tasksQueued, tasksRunning } = runner.statistics()
  t.throws(() => runner.run(() => 1, [], { timeOut: 1 }), { code: 'ERR_INVALID_ARG_VALUE' })
  t.deepEqual([tasksQueued, tasksRunning], [0, 0])
})

test.after(() => {
  runner.close()
  server.close()
  pool.close()
  ours['subclass of RunnerPool'].close()
})
