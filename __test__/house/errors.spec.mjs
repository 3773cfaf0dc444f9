// The classes, codes and words of errors: what callers may rely on.

import test from 'ava'
import { inspect } from 'node:util'
import * as errors from '../../dist/internals.js'

const table = {
  EventLoopTimeoutError: 'ERR_EVENT_LOOP_TIMEOUT',
  CancelledError: 'ERR_CANCELLED',
  ExceptionGroup: 'ERR_EXCEPTION_GROUP',
  RunnerClosedError: 'ERR_RUNNER_CLOSED',
  RunnerDiedError: 'ERR_RUNNER_DIED',
  ForcedThreadShutdown: 'ERR_FORCED_SHUTDOWN',
  WouldDeadlockError: 'ERR_WOULD_DEADLOCK',
  InterruptedError: 'ERR_INTERRUPTED',
  QueueEmpty: 'ERR_QUEUE_EMPTY',
  QueueFull: 'ERR_QUEUE_FULL',
  QueueShutDown: 'ERR_QUEUE_SHUT_DOWN',
  InvalidStateError: 'ERR_INVALID_STATE',
  CapturedVariableError: 'ERR_CAPTURED_VARIABLE',
  UncloneableError: 'ERR_UNCLONEABLE',
  UnconfirmedError: 'ERR_UNCONFIRMED',
  ScriptBudgetError: 'ERR_SCRIPT_BUDGET',
  ScriptMemoryError: 'ERR_SCRIPT_MEMORY',
  ScriptRestoreError: 'ERR_SCRIPT_RESTORE',
}
const plain = Object.keys(table).filter(
  name => !['ExceptionGroup', 'CapturedVariableError', 'UncloneableError', 'UnconfirmedError'].includes(name),
)

test('every class has its name, and its code among its fields, which printing shows', t => {
  for (const [name, code] of Object.entries(table)) {
    const error = name === 'ExceptionGroup' ? new errors[name]([]) : new errors[name]('text')
    t.is(error.name, name)
    t.is(error.code, code)
    t.true(error instanceof Error)
    t.deepEqual(
      Object.keys(error).filter(key => key === 'name' || key === 'code'),
      ['code'],
    )
    t.true(inspect(error).includes(`code: '${code}'`))
    t.is({ ...error }.code, code)
    t.is(JSON.parse(JSON.stringify(error)).code, code)
    t.true(error.stack.startsWith(name))
  }
})

test('a subclass has the code of its class, or its own', t => {
  class Mine extends errors.CancelledError {}
  class Own extends errors.CancelledError {
    code = 'MINE'
  }
  t.is(new Mine('text').code, 'ERR_CANCELLED')
  t.is(new Own('text').code, 'MINE')
  t.true(Object.hasOwn(new Mine('text'), 'code'))
})

test('a plain class takes a message and a cause, as Error does', t => {
  for (const name of plain) {
    const error = new errors[name]('text', { cause: 1 })
    t.is(error.message, 'text')
    t.is(error.cause, 1)
    t.false(Object.hasOwn(new errors[name]('text'), 'cause'))
  }
})

test('the errors with something to tell tell it', t => {
  t.is(new errors.CapturedVariableError('x', 'text').variable, 'x')
  t.is(new errors.UncloneableError('args[0]', 'text').path, 'args[0]')
  t.is(new errors.UnconfirmedError('a', 'text', { cause: 'c' }).id, 'a')
  t.is(new errors.RunnerDiedError('text', { exitCode: 3, cause: 'c' }).exitCode, 3)
  t.is(new errors.RunnerDiedError('text', { exitCode: 3, cause: 'c' }).cause, 'c')
  t.false('exitCode' in new errors.RunnerDiedError('text'))
  t.false(Object.hasOwn(new errors.RunnerDiedError('text'), 'cause'))
})

test('what has ended a script by a limit tells what is known, and has no other fields', t => {
  for (const name of ['ScriptBudgetError', 'ScriptMemoryError']) {
    const told = { script: 'a', limit: 'turnBudget', allowed: 5, place: 'walk (script.js:1:2)' }
    const error = new errors[name]('text', { ...told, cause: 'c' })
    t.deepEqual({ ...error }, { ...told, code: table[name] })
    t.is(error.cause, 'c')
    t.deepEqual({ ...new errors[name]('text', { script: 'a' }) }, { script: 'a', code: table[name] })
    t.deepEqual({ ...new errors[name]() }, { code: table[name] })
  }
  t.false(new errors.ScriptBudgetError('text') instanceof errors.ScriptMemoryError)
})

test('a group lists its errors, their stacks, and a summary', t => {
  const first = new TypeError('one')
  const group = new errors.ExceptionGroup([first, 'two', () => {}], 'Three tasks failed.', { cause: 4 })
  t.true(group instanceof AggregateError)
  t.deepEqual(group.exceptions, group.errors)
  t.is(group.exceptions[0], first)
  t.is(group.tracebacks[0], first.stack)
  t.is(group.tracebacks[1], "'two'")
  t.deepEqual(group.exceptionDetails[0], { exception: first, traceback: first.stack })
  t.is(group.cause, 4)
  t.is(group.message, "Three tasks failed.\n  1. TypeError: one\n  2. 'two'\n  3. function ")
  t.is(new errors.ExceptionGroup([]).message, 'Tasks have failed.')
})

test('registerError takes subclasses of Error with a name of their own', t => {
  class Mine extends Error {}
  const Other = { Mine: class Mine extends Error {} }.Mine
  errors.registerError(Mine)
  errors.registerError(Mine)
  t.is(errors.registeredClass('Mine'), Mine)
  t.is(errors.registeredName(Mine.prototype), 'Mine')
  t.throws(() => errors.registerError(Other), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_VALUE' })
  t.is(errors.registeredClass('Mine'), Mine)
  t.throws(() => errors.registerError(class extends Error {}), { code: 'ERR_INVALID_ARG_VALUE' })
  for (const wrong of [undefined, null, {}, 'Mine', () => {}, Object, Error, class Foo {}]) {
    t.throws(() => errors.registerError(wrong), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  }
})

test('shutdown types are Python’s', t => {
  t.deepEqual(
    { ...errors.ShutdownType },
    { NOT_SHUT_DOWN: 0, STOPPED: 1, FORCE_STOPPED: 2, FAILED_FORCE_STOPPED: 3, UNKNOWN: 4 },
  )
  t.deepEqual(Object.values(errors.ShutdownType).map(errors.forceStopAttempted), [false, false, true, true, false])
})

test('argument errors speak as Node does', t => {
  const { invalidArgType, invalidArgValue, outOfRange } = errors
  const words = value => invalidArgType('x', 'of type number', value).message.split('Received ')[1]
  t.is(
    invalidArgType('timeout', 'of type number', 'abc').message,
    `The "timeout" argument must be of type number. Received type string ('abc')`,
  )
  t.regex(invalidArgType('options.timeout', 'of type number', null).message, /"options.timeout" property .* null$/)
  t.is(words(undefined), 'undefined')
  t.is(words(12n), 'type bigint (12n)')
  t.is(words(Symbol('s')), 'type symbol (Symbol(s))')
  t.is(
    words(function named() {}),
    'function named',
  )
  t.is(words([]), 'an instance of Array')
  t.is(words(Object.create(null)), 'an object')
  t.is(words('x'.repeat(99)), `type string ('${'x'.repeat(25)}...')`)
  t.is(
    outOfRange('timeout', '>= 0', -1).message,
    'The value of "timeout" is out of range. It must be >= 0. Received -1',
  )
  t.is(outOfRange('timeout', '>= 0', -0).message.slice(-2), '-0')
  t.is(
    invalidArgValue('kind', 'must be one of two', 'x').message,
    "The argument 'kind' must be one of two. Received 'x'",
  )
  t.is(invalidArgValue('kind', 'is bad', 1).code, 'ERR_INVALID_ARG_VALUE')
  t.true(outOfRange('x', 'y', 1) instanceof RangeError)
})

test('an argument error blames the caller', t => {
  const check = () => {
    throw errors.outOfRange('x', '> 1', 0, check)
  }
  const { stack } = t.throws(function caller() {
    check()
  })
  t.regex(stack.split('\n')[1], /caller/)
})
