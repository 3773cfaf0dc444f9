// Values that resist being looked at, each made anew where it is used: in a spec, or inside a task.

/* oxlint-disable unicorn/no-thenable, unicorn/throw-new-error, no-extend-native -- they are what is tried */

import { inspect } from 'node:util'
import vm from 'node:vm'

const fail = () => {
  throw new Error('of the value')
}

/** Own properties that throw when they are read. */
const guarded = (object, ...names) => {
  for (const name of names) Object.defineProperty(object, name, { get: fail, configurable: true })
  return object
}

/** Own properties that lie. */
const lying = (object, fields) => {
  for (const [name, value] of Object.entries(fields)) Object.defineProperty(object, name, { value })
  return object
}

const revoked = target => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

const trapping = target => new Proxy(target, new Proxy({}, { get: () => fail }))

export const hostile = {
  'a revoked proxy': () => revoked({}),
  'a revoked proxy of a function': () => revoked(() => {}),
  'a proxy whose traps throw': () => trapping({}),
  'a proxy of an error whose traps throw': () => trapping(new Error('inside')),
  'a proxy of an array': () => trapping([1]),
  'an object under a revoked proxy': () => Object.setPrototypeOf({ a: 1 }, revoked({})),
  'an object under a proxy whose traps throw': () => Object.setPrototypeOf({ a: 1 }, trapping({})),
  'an error under a revoked proxy': () => Object.setPrototypeOf(new Error('under'), revoked({})),
  'a Map under a proxy whose traps throw': () => Object.setPrototypeOf(new Map([[1, 2]]), trapping({})),
  'an error whose every field throws': () =>
    guarded(new Error('x'), 'stack', 'message', 'name', 'code', 'cause', 'errors', 'toString', 'constructor'),
  'an error with enumerable getters that throw': () =>
    Object.defineProperty(new Error('x'), 'detail', { get: fail, enumerable: true }),
  'an error whose name is a symbol': () => Object.assign(new Error('x'), { name: Symbol('name'), code: () => {} }),
  'an error whose message is an object': () => Object.assign(new Error('x'), { message: guarded({}, 'toString') }),
  'a frozen error': () => Object.freeze(new Error('frozen')),
  'an error that is its own cause': () => {
    const error = new Error('circular')
    return Object.assign(error, { cause: error, errors: [error] })
  },
  'an AggregateError of hostile values': () =>
    new AggregateError([revoked({}), trapping({}), () => {}, new Error('kept')]),
  'an AggregateError with a list that throws': () => guarded(new AggregateError([1]), 'errors'),
  'an AbortError whose cause throws': () => guarded(Object.assign(new Error('x'), { name: 'AbortError' }), 'cause'),
  'an AbortError caused by a revoked proxy': () =>
    Object.assign(new Error('x', { cause: revoked({}) }), { name: 'AbortError' }),
  'an object with the prototype of errors': () => Object.create(Error.prototype),
  'an object with the prototype of DOMException': () => Object.create(DOMException.prototype),
  'a DOMException whose message is a number': () => lying(new DOMException('x', 'AbortError'), { message: 5, name: 7 }),
  'an object without a prototype': () => Object.assign(Object.create(null), { a: 1 }),
  'an object that is no primitive': () => ({ [Symbol.toPrimitive]: fail, toString: fail, valueOf: fail }),
  'an object with a tag that throws': () => guarded({ a: 1 }, Symbol.toStringTag, Symbol.toPrimitive, 'constructor'),
  'an object that cannot be inspected': () => Object.assign(() => {}, { [inspect.custom]: fail }),
  'a getter that throws': () => ({ get a() { return fail() } }), // prettier-ignore
  'a getter that throws undefined': () => ({ get a() { throw undefined } }), // prettier-ignore
  'a getter that throws a revoked proxy': () => ({ get a() { throw revoked({}) } }), // prettier-ignore
  'a then that throws': () => ({ then: fail }),
  'a then that is a getter that throws': () => guarded({}, 'then'),
  'a then that settles twice': () => ({
    then(resolve, reject) {
      resolve(1)
      resolve(2)
      reject(new Error('late'))
      fail()
    },
  }),
  'a then that resolves with a then': () => ({ then: resolve => resolve({ then: next => next('inner') }) }),
  'a then that rejects with a revoked proxy': () => ({ then: (_, reject) => reject(revoked({})) }),
  'a promise with a then of its own that throws': () => Object.assign(Promise.resolve(1), { then: fail }),
  'a promise whose constructor throws': () => guarded(Promise.resolve(1), 'constructor'),
  'an object with the prototype of promises': () => Object.create(Promise.prototype),
  'a typed array that lies': () =>
    lying(new Uint8Array(8), { byteLength: 1e9, byteOffset: -1, buffer: {}, length: 1e9 }),
  'a typed array whose fields throw': () =>
    guarded(new Float64Array(2), 'byteLength', 'byteOffset', 'buffer', 'length'),
  'a DataView that lies': () =>
    lying(new DataView(new ArrayBuffer(8)), { byteLength: 1e9, byteOffset: -1, buffer: null }),
  'a Buffer that lies': () => lying(Buffer.from('abc'), { length: 1e9, buffer: null, byteOffset: 7 }),
  'an ArrayBuffer that lies': () =>
    lying(new ArrayBuffer(8), { byteLength: 1e9, resizable: true, maxByteLength: -5, detached: true }),
  'a SharedArrayBuffer that lies': () => lying(new SharedArrayBuffer(8), { byteLength: 1e9, growable: true }),
  'a Map that lies': () => guarded(new Map([[1, 2]]), 'size', 'forEach', 'entries', Symbol.iterator),
  'a Set that lies': () => guarded(new Set([1]), 'size', 'forEach', 'values', Symbol.iterator),
  'a Date that lies': () => guarded(new Date(5), 'valueOf', 'getTime', Symbol.toPrimitive, 'toJSON'),
  'a RegExp that lies': () => guarded(/a/gi, 'source', 'flags', 'global', 'ignoreCase', 'toString'),
  'a boxed number that lies': () => guarded(Object(5), 'valueOf', 'toString', Symbol.toPrimitive),
  'an array whose element throws': () => Object.defineProperty([1, 2], 1, { get: fail, enumerable: true }),
  'an array that lies': () => guarded([1, 2], 'constructor', 'map', Symbol.iterator, Symbol.toStringTag),
  'a long array with a tag that throws': () => guarded(new Array(500).fill(1), Symbol.toStringTag),
  'a function whose name throws': () => guarded(() => {}, 'name', 'toString'),
  'an instance of a class with hasInstance': () => new (class { static [Symbol.hasInstance]() { return fail() } })(), // prettier-ignore
  'a symbol': () => Symbol('s'),
  'a generator': () => (function* () {})(),
  'the global object': () => globalThis,
  'an error of another realm under a revoked proxy': () =>
    Object.setPrototypeOf(vm.runInNewContext('new TypeError("there")'), revoked({})),
  'something nested without end': () => {
    let value = {}
    for (let i = 0; i < 50_000; i++) value = { value }
    return value
  },
}

// --- what tasks do with them

export const echo = value => typeof value

export const produce = name => hostile[name]()

export const produceLater = async name => {
  await null
  return { value: hostile[name]() }
}

export const toss = name => {
  throw hostile[name]()
}

export const tossLater = async name => {
  await null
  throw hostile[name]()
}

/** Errors that no task has caught. */
export const tossAside = name => {
  void Promise.reject(hostile[name]())
  setImmediate(toss, name)
  queueMicrotask(() => toss(name))
}

export const callWith = async (client, name) => {
  try {
    return ['value', typeof (await client.take(hostile[name]()))]
  } catch (error) {
    return ['error', String(error?.code)]
  }
}

export const ask = async (client, ...names) => {
  const results = await Promise.allSettled(names.map(name => client[name]()))
  return results.map(({ status }) => status)
}
