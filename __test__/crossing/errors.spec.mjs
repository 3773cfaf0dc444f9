// Errors that cross a thread: class, message, stack, cause and fields; and, leniently, what could not cross otherwise.

import test from 'ava'
import { inspect, types } from 'node:util'
import * as ours from '../../dist/internals.js'
import { cross, lenient, refused } from './wire-fixture.mjs'

const { encode, Event, release, withWaiter } = ours
const { AggregateError } = globalThis

const builtins = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError]

test('X1: a built-in error arrives with class, message, stack and cause', t => {
  for (const Class of builtins) {
    const error = new Class('text', { cause: { a: 1 } })
    const copy = cross(error)
    t.true(types.isNativeError(copy))
    t.is(Object.getPrototypeOf(copy), Class.prototype)
    t.deepEqual([copy.name, copy.message, copy.stack], [Class.name, 'text', error.stack])
    t.deepEqual(copy.cause, { a: 1 })
    t.deepEqual(Object.keys(copy), [])
    t.deepEqual(Object.getOwnPropertyNames(copy).sort(), ['cause', 'message', 'stack'])
  }
})

test('no cause is not the same as an undefined one', t => {
  t.false('cause' in cross(new Error('x')))
  t.true(Object.hasOwn(cross(new Error('x', { cause: undefined })), 'cause'))
  t.false(Object.hasOwn(cross(new Error()), 'message'))
})

test('own fields arrive, as enumerable as they were', t => {
  const error = Object.assign(new Error('x'), { code: 'E_X', errno: -2, details: { list: [1] } })
  Object.defineProperty(error, 'name', { value: 'Named' })
  const copy = cross(error)
  t.deepEqual({ ...copy }, { code: 'E_X', errno: -2, details: { list: [1] } })
  t.is(copy.name, 'Named')
  t.is(cross(Object.assign(new Error('x'), { name: 'Assigned' })).name, 'Assigned')
  t.deepEqual(Object.keys(cross(Object.assign(new Error('x'), { name: 'Assigned' }))), ['name'])
})

test('a class nobody registered arrives as its built-in ancestor, under its own name', t => {
  class Plain extends TypeError {}
  class Field extends RangeError {
    name = 'Field'
    code = 7
  }
  class Getter extends Error {
    get name() {
      return 'Getter'
    }
    get code() {
      return 'E_GETTER'
    }
    get message() {
      return 'computed'
    }
  }
  t.true(cross(new Plain('x')) instanceof TypeError)
  t.is(cross(new Plain('x')).name, 'TypeError')
  t.true(cross(new Field('x')) instanceof RangeError)
  t.deepEqual({ ...cross(new Field('x')) }, { name: 'Field', code: 7 })
  const copy = cross(new Getter())
  t.deepEqual([copy.name, copy.code, copy.message], ['Getter', 'E_GETTER', 'computed'])
  t.deepEqual(Object.keys(copy), [])
})

test('a registered class arrives as the very class; its constructor does not run', t => {
  let made = 0
  class Registered extends RangeError {
    constructor(a, b) {
      super(`${a} ${b}`)
      this.pair = { a, b }
      made++
    }
    get name() {
      return 'Registered'
    }
  }
  class Derived extends Registered {}
  ours.registerError(Registered)
  for (const error of [new Registered(1, 2), new Derived(1, 2)]) {
    const before = made
    const copy = cross(error)
    t.is(made, before)
    t.is(Object.getPrototypeOf(copy), Registered.prototype)
    t.true(types.isNativeError(copy))
    t.deepEqual([copy.name, copy.message, copy.pair, copy.stack], ['Registered', '1 2', { a: 1, b: 2 }, error.stack])
    t.false(Object.hasOwn(copy, 'name'))
  }
})

test('every error of ours arrives as itself', t => {
  const cases = [
    new ours.CancelledError('x'),
    new ours.UncloneableError('args[0]', 'x'),
    new ours.CapturedVariableError('v', 'x'),
    new ours.RunnerDiedError('x', { exitCode: 3, cause: new Error('why') }),
    new ours.ExceptionGroup([new TypeError('a'), 'b'], 'm', { cause: 1 }),
  ]
  for (const error of cases) {
    const copy = cross(error)
    t.is(copy.constructor, error.constructor)
    t.deepEqual(
      [copy.name, copy.code, copy.message, { ...copy }],
      [error.name, error.code, error.message, { ...error }],
    )
    t.deepEqual(Object.getOwnPropertyNames(copy).sort(), Object.getOwnPropertyNames(error).sort())
  }
  const group = cross(cases.at(-1))
  t.deepEqual([group.exceptions[0].message, group.exceptions[1], group.cause], ['a', 'b', 1])
  t.is(group.tracebacks[0], cases.at(-1).errors[0].stack)
})

test('X1: causes and aggregates nest, also in a circle', t => {
  const inner = new Error('inner')
  const error = new AggregateError([inner, new TypeError('other'), 'text'], 'many', { cause: inner })
  inner.cause = error
  const copy = cross(error)
  t.true(copy instanceof AggregateError)
  t.is(copy.errors[0], copy.cause)
  t.is(copy.cause.cause, copy)
  t.true(copy.errors[1] instanceof TypeError)
  t.is(copy.errors[2], 'text')
  t.false(Object.keys(copy).includes('errors'))
})

test('an error in the old style is an error', t => {
  function Old(message) {
    this.message = message
  }
  Old.prototype = Object.create(Error.prototype, { name: { value: 'Old' } })
  const copy = cross(new Old('x'))
  t.true(types.isNativeError(copy))
  t.deepEqual([copy.name, copy.message, copy.stack], ['Old', 'x', 'Old: x'])
})

test('a field of an error that cannot cross is refused with its path', t => {
  refused(t, Object.assign(new Error('x'), { retry() {} }), 'item.retry', /the function retry/)
  refused(t, new Error('x', { cause: { a: [() => {}] } }), 'item.cause.a[0]', /a function/)
  refused(t, { e: new AggregateError([1, Symbol('s')]) }, 'item.e.errors[1]', /a symbol/)
})

test('leniently, what cannot cross is left out, and the rest arrives', t => {
  const error = Object.assign(new TypeError('x', { cause: Object.assign(new Error('why'), { socket: { on() {} } }) }), {
    fine: { a: 1 },
    retry() {},
    deep: { a: [{ b: Symbol('s') }] },
    promise: Promise.resolve(),
    last: 1,
  })
  const get = () => {
    throw new Error('never')
  }
  Object.defineProperties(error, { code: { get }, thrower: { get, enumerable: true } })
  const copy = cross(error, 'error', lenient)
  t.true(copy instanceof TypeError)
  t.deepEqual({ ...copy }, { fine: { a: 1 }, last: 1 })
  t.deepEqual([copy.cause.message, { ...copy.cause }], ['why', {}])
  t.false(Object.hasOwn(cross(new Error('x', { cause: () => {} }), 'error', lenient), 'cause'))
})

test('leniently, references to what was left out are not dangling', t => {
  const shared = { s: 1 }
  const many = Array.from({ length: 30 }, (_, i) => ({ i }))
  const error = Object.assign(new Error('x'), {
    bad: [shared, many, () => {}],
    good: [shared, many, shared],
    more: many,
  })
  const { good, more } = cross(error, 'error', lenient)
  t.deepEqual(good, [shared, many, shared])
  t.is(good[0], good[2])
  t.is(good[1], more)
})

test('leniently, handles that were left out are not counted', t => {
  const packet = encode(Object.assign(new Error('x'), { bad: [new Event(), () => {}] }), 'error', lenient)
  release(packet)
  t.deepEqual(packet.handles, [])
})

test('leniently, a list of errors keeps its places', t => {
  const copy = cross(new AggregateError([new Error('a'), () => {}, { fine: 1 }, Symbol('s')]), 'error', lenient)
  t.is(copy.errors.length, 4)
  t.is(copy.errors[0].message, 'a')
  t.regex(copy.errors[1].message, /Function/)
  t.deepEqual(copy.errors[2], { fine: 1 })
  t.is(copy.errors[3].message, 'Symbol(s)')
})

test('X2: leniently, nothing ever throws', t => {
  const hostile = new Proxy(
    {},
    {
      getPrototypeOf() {
        throw new Error('no')
      },
      ownKeys() {
        throw new Error('no')
      },
    },
  )
  const unreadable = Object.defineProperty(new Error('x'), 'stack', {
    get() {
      throw new Error('no')
    },
  })
  const nameless = Object.defineProperty(new Error('x'), 'name', {
    get() {
      throw new Error('no')
    },
  })
  let chain = new Error('end')
  for (let i = 0; i < 100_000; i++) chain = new Error(`${i}`, { cause: chain })
  for (const thrown of [
    () => {},
    Symbol('s'),
    hostile,
    unreadable,
    nameless,
    chain,
    Promise.resolve(),
    { f() {} },
    new WeakMap(),
  ]) {
    t.true(cross(thrown, 'error', lenient) instanceof Error)
  }
  for (const thrown of [undefined, null, 0, 'text', { a: 1 }]) t.deepEqual(cross(thrown, 'error', lenient), thrown)
  t.is(cross({ f() {} }, 'error', lenient).message, inspect({ f() {} }))
  t.is(cross(chain, 'error', lenient).message, '99999')
})

test('a stack that somebody prepared otherwise is none', t => {
  const prepare = Error.prepareStackTrace
  Error.prepareStackTrace = (_, sites) => sites
  try {
    t.is(cross(new TypeError('x')).stack, 'TypeError: x')
  } finally {
    Error.prepareStackTrace = prepare
  }
  const limit = Error.stackTraceLimit
  cross(new Error('x'))
  t.is(Error.stackTraceLimit, limit)
})

test('the waiting caller’s frames follow the remote ones', t => {
  function door(error) {
    const waiter = {}
    Error.captureStackTrace(waiter, door)
    return withWaiter(error, '[main waits in wait]', waiter)
  }
  const error = cross(new TypeError('x'))
  const remote = error.stack
  function caller() {
    return door(error)
  }
  t.is(caller(), error)
  t.true(error.stack.startsWith(`${remote}\n    at [main waits in wait]\n`))
  t.regex(error.stack.slice(remote.length).split('\n')[2], /caller/)
  const once = error.stack
  t.false(Object.keys(error).includes('stack'))
  t.is(once.split('[main waits in wait]').length, 2)
  for (const value of ['text', undefined, null, { stack: 1 }, Object.freeze(new Error('x'))]) t.is(door(value), value)
})
