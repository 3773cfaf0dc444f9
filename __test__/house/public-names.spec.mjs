// What the package calls things, spelled out: its exports, and the methods and properties of every class.
//
// Promises that nothing is added, renamed or lost by accident, that docs/api.md names the types, and that `require` gives
// the same classes as `import`. It is not generated: a name that changes is changed here, too.

import test from 'ava'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import * as api from 'threaded-async'
import { root } from '../support/program.mjs'

const errors = {
  CancelledError: 'ERR_CANCELLED',
  CapturedVariableError: 'ERR_CAPTURED_VARIABLE',
  EventLoopTimeoutError: 'ERR_EVENT_LOOP_TIMEOUT',
  ExceptionGroup: 'ERR_EXCEPTION_GROUP',
  ForcedThreadShutdown: 'ERR_FORCED_SHUTDOWN',
  InterruptedError: 'ERR_INTERRUPTED',
  InvalidStateError: 'ERR_INVALID_STATE',
  QueueEmpty: 'ERR_QUEUE_EMPTY',
  QueueFull: 'ERR_QUEUE_FULL',
  QueueShutDown: 'ERR_QUEUE_SHUT_DOWN',
  RunnerClosedError: 'ERR_RUNNER_CLOSED',
  RunnerDiedError: 'ERR_RUNNER_DIED',
  ScriptBudgetError: 'ERR_SCRIPT_BUDGET',
  ScriptMemoryError: 'ERR_SCRIPT_MEMORY',
  ScriptRestoreError: 'ERR_SCRIPT_RESTORE',
  TaskFailedError: 'ERR_TASK_FAILED',
  UncloneableError: 'ERR_UNCLONEABLE',
  UnconfirmedError: 'ERR_UNCONFIRMED',
  WouldDeadlockError: 'ERR_WOULD_DEADLOCK',
}

/** Names in parentheses are internal: marked so in the source, and left out of the type declarations. */
const classes = {
  AsyncRunner: {
    static: 'current prewarm use',
    methods:
      'bindContext callInLoop callInLoopTimeout close closeAsync createTask exitTimeout inRunnerLoop isRunning name ref run ' +
      'shutdownType statistics unref waitForNextEventloopIteration @dispose @asyncDispose',
  },
  BackgroundTask: { methods: 'cancel cancelled done name result resultOp wait (failures)' },
  Client: { methods: 'delay execute id nextTick now sync with' },
  Event: { methods: 'asAsyncEvent clear isSet set statistics wait waitAsync waitOp (failures)' },
  Future: { methods: 'cancel cancelled done result resultOp resultWait setException setResult statistics (failures)' },
  Queue: {
    methods:
      'batches clear empty full get getMany getManyWait getNowait getOp getWait isShutdown iterateWait join joinWait maxBytes ' +
      'maxsize peekNowait put putMany putManyWait putNowait putOp putWait qsize shutdown statistics taskDone ' +
      '@Symbol.asyncIterator (failures)',
  },
  LifoQueue: { methods: '' },
  PriorityQueue: { methods: 'put putMany putManyWait putNowait putOp putWait' },
  RunnerPool: {
    methods:
      'bindContext close closeAsync createTask isRunning map mapWait name run size statistics @dispose @asyncDispose',
  },
  Script: { methods: 'save usage' },
  Server: {
    static: 'tickAll',
    methods:
      'advance bindContext close closeAsync createBackgroundTask createClient createFuture createScript createTask eventLoopExitTimeout ' +
      'eventLoopTimeout handleRequest isRunning name now pending process processAll processUntil ref requests serve ' +
      'settle shutdownType statistics tick unref @dispose @asyncDispose',
  },
  TimeoutTimer: { methods: 'remaining @util.inspect.custom' },
}

const functions =
  'adopt boundContext currentTask forceStopAttempted registerError runOrRaise select selectWait share sleep sleepWait synchronized taskModule waitForOrCancel'.split(
    ' ',
  )

test('the package exports these names, and no others', t => {
  const names = [...Object.keys(errors), ...Object.keys(classes), ...functions, 'ShutdownType']
  t.deepEqual(Object.keys(api).sort(), names.sort())
})

const nameOf = key => (typeof key === 'symbol' ? `@${key.description.replace('nodejs.', '')}` : key)

function namesOf(object, ...without) {
  return Reflect.ownKeys(object)
    .filter(key => !without.includes(key))
    .map(nameOf)
    .sort()
}

for (const [name, { static: ofClass = '', methods }] of Object.entries(classes)) {
  test(`${name} has these methods and properties, and no others`, t => {
    const names = methods.replace(/[()]/g, '').split(' ').filter(Boolean)
    // Node 20 has no Symbol.dispose of its own but a symbol it has named so itself; later versions name it differently.
    const seen = namesOf(api[name].prototype, 'constructor').map(key =>
      key.replace('@Symbol.d', '@d').replace('@Symbol.asyncD', '@asyncD'),
    )
    t.deepEqual(seen, names.sort())
    t.deepEqual(namesOf(api[name], 'length', 'name', 'prototype'), ofClass.split(' ').filter(Boolean).sort())
  })
}

for (const [name, code] of Object.entries(errors)) {
  test(`${name} is an Error with its name and the code ${code}`, t => {
    const { prototype } = api[name]
    t.true(prototype instanceof Error)
    const error = name === 'ExceptionGroup' ? new api[name]([]) : new api[name]('text')
    t.deepEqual([api[name].name, prototype.name, error.code], [name, name, code])
  })
}

test('every function is called what it is exported as', t => {
  for (const name of functions) t.is(api[name].name, name)
})

test('ShutdownType names the ends in their order', t => {
  t.deepEqual(api.ShutdownType, {
    NOT_SHUT_DOWN: 0,
    STOPPED: 1,
    FORCE_STOPPED: 2,
    FAILED_FORCE_STOPPED: 3,
    UNKNOWN: 4,
  })
})

test('require gives the same as import, and no default export', t => {
  const required = createRequire(import.meta.url)('threaded-async')
  for (const name of Object.keys(api)) t.is(required[name], api[name])
  t.false('default' in api)
})

for (const entry of ['index', 'nats', 'top']) {
  test(`docs/api.md names every type that ${entry} exports`, t => {
    const declarations = readFileSync(join(root, 'dist', `${entry}.d.ts`), 'utf8')
    const lists = Array.from(declarations.matchAll(/^export type \{ (.*) \};$/gm), ([, list]) =>
      list.split(', '),
    ).flat()
    const page = readFileSync(join(root, 'docs/api.md'), 'utf8')
    t.true(lists.length > 0)
    t.deepEqual(
      lists.filter(name => !page.includes(`\`${name}\``)),
      [],
    )
  })
}

test('the package tells its own version and nothing else of its inside', async t => {
  const { default: manifest } = await import('threaded-async/package.json', { with: { type: 'json' } })
  t.is(manifest.name, 'threaded-async')
  await t.throwsAsync(import('threaded-async/dist/lib/hub.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' })
})
