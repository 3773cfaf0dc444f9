// Inline functions: what of them travels, and what they can see.

import test from 'ava'
import { describe } from '../../dist/internals.js'
import { describer, fromText } from './source-fixture.mjs'

// The file that calls is this one.
const { travelled, bound, refuses } = describer(fn => describe(fn))

// What travels

test('every form of function arrives as what it is', async t => {
  const key = 'computed'
  class Secret {
    #hidden(a) {
      return a + 1
    }
    static reveal = secret => secret.#hidden
  }
  const object = {
    plain(a) {
      return a + 1
    },
    async later(a) {
      return (await a) + 1
    },
    *all(a) {
      yield a + 1
    },
    async *each(a) {
      yield a + 1
    },
    'quoted name'(a) {
      return a + 1
    },
    [key](a) {
      return a + 1
    },
    get value() {
      return 2
    },
    async: a => a + 1,
    function(a) {
      return a + 1
    },
    get(a) {
      return a + 1
    },
  }
  const answers = [
    a => a + 1,
    async a => (await a) + 1,
    function (a) {
      return a + 1
    },
    async function (a) {
      return (await a) + 1
    },
    object.plain,
    object.later,
    object['quoted name'],
    object.computed,
    object.async,
    object.function,
    object.get,
    Object.getOwnPropertyDescriptor(object, 'value').get,
    Secret.reveal(new Secret()),
  ]
  for (const fn of answers) t.is(await travelled(fn)(1), 2, String(fn))
  t.deepEqual([...travelled(object.all)(1)], [2])
  t.deepEqual(await travelled(object.each)(1).next(), { value: 2, done: false })
  t.is(travelled(object.later).constructor.name, 'AsyncFunction')
})

test('a function knows its own name', async t => {
  const factorial = function self(n) {
    return n < 2 ? 1 : n * self(n - 1)
  }
  const arrow = n => (n < 2 ? 1 : n * arrow(n - 1))
  t.is(travelled(factorial)(5), 120)
  t.is(travelled(arrow)(5), 120)
  const outer = () => 1
  refuses(t, { outer: () => outer() }.outer, 'outer')
})

test('it is compiled strict', t => {
  t.is(travelled(fromText('function () { return (function () { return typeof this })() }'))(), 'undefined')
  t.throws(travelled(fromText('() => { undefined = 1 }')), { instanceOf: TypeError })
  const sloppy = new Function('o', 'with (o) { return 1 }')
  const error = t.throws(() => describe(sloppy), { code: 'ERR_INVALID_ARG_VALUE' })
  t.true(error.cause instanceof SyntaxError)
})

test('classes, native and bound functions and what is no function are refused', t => {
  t.throws(() => describe(class A {}), { code: 'ERR_INVALID_ARG_VALUE', instanceOf: TypeError })
  t.throws(() => describe(class {}), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => describe('() => 1'), { code: 'ERR_INVALID_ARG_TYPE' })
  refuses(t, Math.max, 'max', /is not available/)
  refuses(t, (() => 1).bind(), 'bound')
  refuses(t, new Proxy(() => 1, {}), '[native code]')
})

// What is in scope

test('the exports of the package are in scope, before a global of the same name', t => {
  t.true(travelled(() => new Event())().isOurs)
  t.is(travelled(() => sleep(5))(), 'slept 5')
  t.is(travelled(() => typeof Event)(), 'function')
  t.is(
    travelled(() => {
      const q = new Queue()
      return q.constructor.name
    })(),
    'Queue',
  )
})

test('only what is used is bound', t => {
  t.deepEqual(
    bound(() => sleep(1)),
    ['sleep'],
  )
  t.deepEqual(
    bound(sleep => {
      const Queue = sleep
      return Queue
    }),
    [],
  )
  t.deepEqual(
    bound(o => {
      const { Event } = o
      return o.sleep + { Queue: 1 }.Queue + Event
    }),
    [],
  )
})

test('globals are in scope, what the program puts on globalThis is not', t => {
  t.is(
    travelled(a => {
      const { max } = Math
      return max(a, JSON.parse('2'))
    })(1),
    2,
  )
  t.is(travelled(() => typeof setTimeout + typeof structuredClone + typeof process.pid)(), 'functionfunctionnumber')
  globalThis.addedLater = 1
  refuses(t, () => addedLater, 'addedLater')
  delete globalThis.addedLater
})

test('typeof of a name is no capture', t => {
  t.is(travelled(() => typeof nowhere)(), 'undefined')
  t.is(
    travelled(() => {
      const a = typeof nowhere
      return a
    })(),
    'undefined',
  )
  refuses(t, () => typeof nowhere.member, 'nowhere')
  refuses(t, () => typeof nowhere === 'function' && nowhere(), 'nowhere')
})
