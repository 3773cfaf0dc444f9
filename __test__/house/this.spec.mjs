// Every method and accessor of the public classes, called without its object or on what is no such object.
//
// Promises that each tells so by an error with a code, in the way in which it tells of others: what returns a promise
// rejects, everything else throws. `const { delay } = client` is easily written.

import test from 'ava'
import { AsyncLocalStorage } from 'node:async_hooks'
import { inspect } from 'node:util'
import * as exported from 'threaded-async'

const { AsyncRunner, BackgroundTask, Client, Event, Future, LifoQueue } = exported
const { PriorityQueue, Queue, RunnerPool, Script, Server, TimeoutTimer } = exported
const runner = new AsyncRunner()
const server = new Server({ handlers: { walk: () => 1 } })
const client = server.createClient()
const noop = () => {}
const task = runner.createTask(noop)

test.after.always(() => {
  runner.close()
  server.close()
})

/** The prototypes of what users have in their hands. */
const subjects = {
  AsyncRunner: AsyncRunner.prototype,
  BackgroundTask: BackgroundTask.prototype,
  Client: Client.prototype,
  'client.with()': Object.getPrototypeOf(client.with({})),
  'client.sync': Object.getPrototypeOf(client.sync),
  Event: Event.prototype,
  Future: Future.prototype,
  LifoQueue: LifoQueue.prototype,
  PriorityQueue: PriorityQueue.prototype,
  Queue: Queue.prototype,
  RunnerPool: RunnerPool.prototype,
  Script: Script.prototype,
  Server: Server.prototype,
  TimeoutTimer: TimeoutTimer.prototype,
}

/** What is needed to come so far that the object is looked at. */
const given = {
  advance: [1],
  batches: [1],
  bindContext: [new AsyncLocalStorage(), { name: 'store' }],
  callInLoop: [noop],
  callInLoopTimeout: [1],
  createBackgroundTask: [noop],
  createScript: [''],
  createTask: [noop],
  delay: [1],
  eventLoopExitTimeout: [1],
  eventLoopTimeout: [1],
  execute: ['walk'],
  exitTimeout: [1],
  getMany: [1],
  getManyWait: [1],
  map: [noop, []],
  mapWait: [noop, []],
  processUntil: [task],
  put: [1],
  putMany: [[1]],
  putManyWait: [[1]],
  putNowait: [1],
  putOp: [1],
  putWait: [1],
  run: [noop],
  setException: [new Error('given')],
  setResult: [1],
  with: [{}],
}

const ranked = { priority: 1 }
const givenToRanked = {
  put: [1, ranked],
  putMany: [[1], ranked],
  putManyWait: [[1], ranked],
  putNowait: [1, ranked],
  putOp: [1, ranked],
  putWait: [1, ranked],
}

/** What returns a promise, and so must reject. */
const awaiting = new Set(
  'closeAsync get getMany join put putMany result serve waitAsync execute nextTick delay'.split(' '),
).add(Symbol.asyncDispose)
const blocking = new Set(['client.sync'])

const isInternal = key => key === 'constructor' || key === 'failures' || key === inspect.custom

function* methods() {
  for (const [name, prototype] of Object.entries(subjects)) {
    for (const key of Reflect.ownKeys(prototype)) {
      if (isInternal(key)) continue
      const described = Object.getOwnPropertyDescriptor(prototype, key)
      for (const kind of ['value', 'get', 'set']) {
        if (typeof described[kind] === 'function') yield { name, key, kind, fn: described[kind], prototype }
      }
    }
  }
}

/** How a call has ended: `threw` or `rejected`, and with what. */
async function ended(fn, self, args) {
  let result
  try {
    result = Reflect.apply(fn, self, args)
  } catch (error) {
    return ['threw', error]
  }
  try {
    return ['returned', result instanceof Promise ? await result : result]
  } catch (error) {
    return ['rejected', error]
  }
}

for (const { name, key, kind, fn, prototype } of methods()) {
  const called = `${name}: ${String(key)}${kind === 'value' ? '()' : ` (${kind})`}`
  test(`without its object a method tells so by a code: ${called}`, async t => {
    const wanted = awaiting.has(key) && !blocking.has(name) ? 'rejected' : 'threw'
    const args = (prototype === PriorityQueue.prototype ? givenToRanked : given)[key] ?? []
    const selves = { nothing: undefined, 'an object': {}, 'an heir': Object.create(prototype) }
    for (const [what, self] of Object.entries(selves)) {
      const [how, error] = await ended(fn, self, args)
      t.deepEqual([what, how, error?.code], [what, wanted, 'ERR_INVALID_THIS'], inspect(error))
    }
  })
}

test('every public class is looked at', t => {
  const isClass = value => typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value))
  const classes = Object.values(exported).filter(value => isClass(value) && !(value.prototype instanceof Error))
  t.deepEqual(
    classes.map(({ name }) => name).filter(name => !(name in subjects)),
    [],
  )
})

test('a method that was called without its object points to the caller', async t => {
  const { nextTick } = client
  const { getNowait } = new Queue()
  const error = await t.throwsAsync(nextTick(), { instanceOf: TypeError, code: 'ERR_INVALID_THIS' })
  t.regex(error.stack.split('\n')[1], /this\.spec\.mjs/)
  t.regex(t.throws(() => getNowait()).stack.split('\n')[1], /this\.spec\.mjs/)
})
