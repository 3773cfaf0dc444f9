// Errors that are thrown at a call begin with the line of the caller: no frame of this package's own stands before it.

import test from 'ava'
import {
  AsyncRunner,
  Client,
  Event,
  Future,
  Queue,
  registerError,
  runOrRaise,
  Server,
  sleep,
  taskModule,
  TimeoutTimer,
  waitForOrCancel,
} from 'threaded-async'

const frame = /^ {4}at /
const here = 'callers.spec.mjs'
const captured = 1
const uncloneable = { a: { b: () => 1 } }
const pool = Buffer.from('a').buffer

/** The line of a stack that a reader looks at first. */
function firstFrame({ stack }) {
  return stack.split('\n').find(line => frame.test(line))
}

function lineHere() {
  return Number(/:(\d+):\d+\)?$/.exec(new Error().stack.split('\n')[2])[1])
}

async function errorOf(call) {
  try {
    await call()
  } catch (error) {
    return error
  }
  throw new Error(`Nothing was thrown by ${call}`)
}

const closed = new AsyncRunner()
closed.close()

/** Calls that are refused, with what they need. */
const refused = {
  'new AsyncRunner': () => new AsyncRunner({ exitTimeout: -1 }),
  'AsyncRunner.prewarm': () => AsyncRunner.prewarm(-1),
  'AsyncRunner.use': () => AsyncRunner.use(1),
  'runner.createTask': runner => runner.createTask('x'),
  'runner.createTask of args': runner => runner.createTask(() => 1, 1),
  'runner.createTask of options': runner => runner.createTask(() => 1, [], { timeout: -1 }),
  'runner.createTask of a transfer': runner => runner.createTask(() => 1, [], { transfer: [pool] }),
  'runner.createTask captured': runner => runner.createTask(() => captured),
  'runner.createTask closed': () => closed.createTask(() => 1),
  'runner.run captured': runner => runner.run(async () => captured),
  'runner.run uncloneable': runner => runner.run(x => x, [uncloneable]),
  'runner.run of options': runner => runner.run(() => 1, [], { timeout: 'x' }),
  'runner.run closed': () => closed.run(() => 1),
  'runner.run native': runner => runner.run(Math.max),
  'runner.run class': runner => runner.run(class {}),
  'runner.callInLoop captured': runner => runner.callInLoop(() => captured),
  'runner.callInLoop this': runner =>
    runner.callInLoop(function () {
      return this
    }),
  'runner.callInLoop of options': runner => runner.callInLoop(() => 1, [], 1),
  'runner.waitForNextEventloopIteration': runner => runner.waitForNextEventloopIteration({ timeout: -1 }),
  'runner.exitTimeout': runner => (runner.exitTimeout = -1),
  'runner.callInLoopTimeout': runner => (runner.callInLoopTimeout = 'x'),
  'new Queue': () => new Queue({ maxsize: -1 }),
  'new Queue closed': () => new Queue(closed),
  'queue.put': (_, queue) => queue.put(uncloneable),
  'queue.put of options': (_, queue) => queue.put(1, { timeout: -1 }),
  'queue.put of a transfer': (_, queue) => queue.put(1, { transfer: 1 }),
  'queue.putWait': (_, queue) => queue.putWait(uncloneable),
  'queue.putNowait': (_, queue) => queue.putNowait(uncloneable),
  'queue.putMany': (_, queue) => queue.putMany([uncloneable]),
  'queue.putManyWait': (_, queue) => queue.putManyWait([1, uncloneable]),
  'queue.putManyWait of a number': (_, queue) => queue.putManyWait(1),
  'queue.get of options': (_, queue) => queue.get({ signal: 1 }),
  'queue.getWait of options': (_, queue) => queue.getWait({ timeout: NaN }),
  'queue.getWait late': (_, queue) => queue.getWait({ timeout: 0 }),
  'queue.getNowait': (_, queue) => queue.getNowait(),
  'queue.peekNowait': (_, queue) => queue.peekNowait(),
  'queue.getManyWait': (_, queue) => queue.getManyWait(0),
  'queue.getMany': (_, queue) => queue.getMany('x'),
  'queue.joinWait': (_, queue) => queue.joinWait({ timeout: -1 }),
  'queue.iterateWait': (_, queue) => queue.iterateWait({ timeout: -1 }),
  'queue.iterateWait late': (_, queue) => [...queue.iterateWait({ timeout: 0 })],
  'queue.taskDone': (_, queue) => queue.taskDone(),
  'queue.shutdown': (_, queue) => queue.shutdown(1),
  'new Event': () => new Event(1),
  'event.wait': () => new Event().wait({ timeout: 0 }),
  'event.waitAsync': () => new Event().waitAsync({ timeout: -1 }),
  'event.asAsyncEvent': () => new Event().asAsyncEvent().wait({ timeout: -1 }),
  'new Future': () => new Future(1),
  'future.setResult': () => new Future().setResult(uncloneable),
  'future.setResult twice': (_, __, future) => future.setResult(2),
  'future.setException': (_, __, future) => future.setException(new Error('x')),
  'future.resultWait': () => new Future().resultWait({ timeout: 0 }),
  'future.result': () => new Future().result(1),
  'task.wait': runner => runner.createTask(() => sleep(Infinity)).wait({ timeout: 0 }),
  'task.result': runner => runner.createTask(() => 1).result({ timeout: -1 }),
  'new Server': () => new Server({ queueSize: 0 }),
  'server.process': (_, __, ___, server) => server.process({ timeout: -1 }),
  'server.processAll': (_, __, ___, server) => server.processAll({ maxTime: -1 }),
  'server.processUntil': (_, __, ___, server) => server.processUntil(1),
  'server.settle': (_, __, ___, server) => server.settle(1),
  'server.tick': (_, __, ___, server) => server.tick({ timeout: 'x' }),
  'server.createBackgroundTask': (_, __, ___, server) => server.createBackgroundTask(() => captured),
  'server.eventLoopTimeout': (_, __, ___, server) => (server.eventLoopTimeout = -1),
  'new Client': () => new Client(1),
  'client.delay': (_, __, ___, server) => server.createClient().delay(-1),
  'client.execute': (_, __, ___, server) => server.createClient().execute(1),
  'client.walk': (_, __, ___, server) => server.createClient().walk(() => 1),
  'client.sync.walk': (_, __, ___, server) => server.createClient().sync.walk(1),
  'client.walk detached': (_, __, ___, server) => (0, server.createClient().walk)(),
  sleep: () => sleep(-1),
  waitForOrCancel: () => waitForOrCancel(1, new Event()),
  runOrRaise: () => runOrRaise(1, 2),
  TimeoutTimer: () => new TimeoutTimer(-1),
  registerError: () => registerError(1),
  taskModule: () => taskModule(1),
}

for (const [name, call] of Object.entries(refused)) {
  test.serial(`${name}: a refusal begins with the line of the caller`, async t => {
    const { runner, queue, future, server } = fixture()
    const error = await errorOf(() => call(runner, queue, future, server))
    t.true(error instanceof Error)
    t.truthy(error.code, error.stack)
    t.true(firstFrame(error)?.includes(here), error.stack)
  })
}

let made

function fixture() {
  if (made !== undefined) return made
  const future = new Future()
  future.setResult(1)
  made = { runner: new AsyncRunner(), queue: new Queue(), future, server: new Server({ handlers: {} }) }
  return made
}

test.after(() => {
  made.runner.close()
  made.server.close()
})

test('there are as many frames as the program asks for, and none is missing', t => {
  const limit = Error.stackTraceLimit
  const deep = n => (n === 0 ? new Queue({ maxsize: -1 }) : deep(n - 1))
  try {
    for (const wanted of [1, 3, 10, 30]) {
      Error.stackTraceLimit = wanted
      const { stack } = t.throws(() => deep(40))
      t.is(stack.split('\n').filter(line => frame.test(line)).length, wanted)
      t.is(Error.stackTraceLimit, wanted)
    }
    Error.stackTraceLimit = 0
    t.false(frame.test(t.throws(() => deep(2)).stack))
  } finally {
    Error.stackTraceLimit = limit
  }
})

test('a program that makes stacks in its own way hides no refusal', t => {
  const { prepareStackTrace } = Error
  const refusals = []
  try {
    for (const prepare of [
      () => {
        throw new Error('of prepareStackTrace')
      },
      (_, sites) => sites,
      () => 7,
      () => 'text',
    ]) {
      Error.prepareStackTrace = prepare
      try {
        new Queue({ maxsize: -1 })
      } catch (error) {
        refusals.push(error)
      }
    }
  } finally {
    Error.prepareStackTrace = prepareStackTrace
  }
  t.deepEqual(
    refusals.map(({ code }) => code),
    Array(4).fill('ERR_OUT_OF_RANGE'),
  )
})

test('what a function captures is told with the function, its place, and where the name is declared', t => {
  const runner = new AsyncRunner()
  const refusalOf = call => t.throws(call, { code: 'ERR_CAPTURED_VARIABLE' }).message
  const before = lineHere()
  const declared = 1
  function save() {
    return declared
  }
  const place = n => `${import.meta.url}:${n}`
  const words = refusalOf(() => runner.run(save))
  t.true(
    words.startsWith(
      `The function 'save' (${place(before + 2)}) captures \`declared\`, which is declared in line ${before + 1} and`,
    ),
    words,
  )
  const at = lineHere() + 1
  const anonymous = refusalOf(() => runner.run(() => declared + 1))
  t.true(
    anonymous.startsWith(
      `The function (${place(at)}) captures \`declared\`, which is declared in line ${before + 1} and`,
    ),
    anonymous,
  )
  const method = refusalOf(() =>
    runner.run(
      {
        go() {
          return here
        },
      }.go,
    ),
  )
  t.regex(method, /^The function 'go' \(file:.*\) captures `here`, which is declared in line \d+ and/)
  const unknown = refusalOf(() => runner.run(() => nowhere))
  t.regex(unknown, /captures `nowhere`, which does not exist on the thread where it is to run/)
  const meta = refusalOf(() => runner.run(() => import.meta.url))
  t.regex(meta, /^The function \(file:.*callers\.spec\.mjs:\d+\) captures `import\.meta`/)
  runner.close()
})
