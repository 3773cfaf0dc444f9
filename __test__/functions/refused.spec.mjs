// What an inline function may not use: names that a task does not have are refused before anything happens.

import test from 'ava'
import v8 from 'node:v8'
import vm from 'node:vm'
import { describe } from '../../dist/internals.js'
import { describer, fromText } from './source-fixture.mjs'

// The file that calls is this one.
const { travelled, refuses } = describer(fn => describe(fn))

test('free names are refused', t => {
  let captured = 1
  const { nested } = { nested: 2 }
  refuses(t, () => captured, 'captured', /`captured`.*args/)
  refuses(
    t,
    async () => {
      await null
      return nested
    },
    'nested',
  )
  refuses(
    t,
    () => {
      captured = 2
    },
    'captured',
  )
  refuses(
    t,
    () => {
      captured++
    },
    'captured',
  )
  refuses(
    t,
    () => {
      ;({ captured } = { captured: 1 })
    },
    'captured',
  )
  refuses(t, () => ({ captured }), 'captured')
  refuses(t, () => `${captured}`, 'captured')
  refuses(t, (...rest) => [...captured, ...rest], 'captured')
  refuses(t, (a = captured) => a, 'captured')
  refuses(
    t,
    () => {
      class A extends captured {}
      return A
    },
    'captured',
  )
  refuses(
    t,
    () => {
      {
        const captured = 1
        void captured
      }
      return captured
    },
    'captured',
  )
  refuses(
    t,
    () =>
      (
        () => () =>
          captured
      )(),
    'captured',
  )
  refuses(t, () => import('node:fs', captured), 'captured')
  refuses(
    t,
    () => {
      Queue = 1
    },
    'Queue',
  )
  for (const name of ['__filename', '__dirname', 'module', 'exports']) refuses(t, fromText(`() => ${name}`), name)
})

test('what is around an arrow function is refused', t => {
  refuses(t, () => this, 'this')
  refuses(
    t,
    () => {
      const a = () => this
      return a
    },
    'this',
  )
  refuses(
    t,
    () => {
      class A {
        [this.x] = 1
      }
      return A
    },
    'this',
  )
  refuses(t, fromText('function () { return () => arguments[0] }')(), 'arguments')
  refuses(t, fromText('function () { return () => new.target }')(), 'new.target')
  refuses(t, () => import.meta.url, 'import.meta')
  refuses(
    t,
    {
      method() {
        return () => super.toString()
      },
    }.method(),
    'super',
  )
})

test('what a function has of its own is not refused, except a `this` that tasks do not have', t => {
  refuses(
    t,
    function () {
      return this
    },
    'this',
    /called without one/,
  )
  refuses(
    t,
    {
      method() {
        return this
      },
    }.method,
    'this',
  )
  refuses(
    t,
    {
      method() {
        return super.toString()
      },
    }.method,
    'super',
  )
  t.is(
    travelled(function () {
      return arguments[0]
    })(7),
    7,
  )
  t.is(
    travelled(function () {
      return new.target
    })(),
    undefined,
  )
  const own = () => {
    class A {
      static made = this
      a = this
      m() {
        return [super.toString, this, arguments.length, new.target]
      }
    }
    const o = {
      m() {
        return this
      },
    }
    return A.made === A && new A().m().length === 4 && o.m() === o
  }
  t.true(travelled(own)())
})

test('private names are refused unless a class in the function declares them', t => {
  class Secret {
    #x = 1
    static read = () => secret => secret.#x
    static has = () => secret => #x in secret
  }
  refuses(t, Secret.read(), '#x')
  refuses(t, Secret.has(), '#x')
  t.is(
    travelled(() => {
      class A {
        #x = 1
        get x() {
          return #x in this && this.#x
        }
      }
      return new A().x
    })(),
    1,
  )
})

test('a name only used as X.<one of our exports> is the namespace', t => {
  t.is(travelled(fromText('() => { const q = new threaded_async_1.Queue(); return q.constructor.name }'))(), 'Queue')
  t.is(travelled(fromText('async () => (0, threaded_async_1.sleep)(5)')).constructor.name, 'AsyncFunction')
  t.is(travelled(fromText('() => (0, import_threaded_async.sleep)(5)'))(), 'slept 5')
  t.is(travelled(fromText('() => (0, __vite_ssr_import_0__.sleep)(5)'))(), 'slept 5')
  refuses(t, fromText('() => threaded_async_1.sleep(other_1.read())'), 'other_1')
  refuses(t, fromText('() => [ta.sleep(), ta.other]'), 'ta')
  refuses(t, fromText('() => [ta.sleep(), ta]'), 'ta')
  refuses(t, fromText('() => { ta.sleep(); ta = 1 }'), 'ta')
})

test('syntax that acorn does not know yet is taken as it is', t => {
  v8.setFlagsFromString('--allow-natives-syntax')
  const fn = fromText('() => { %IsFunction; return sleep(5) }'.replace('%IsFunction', '%PerformMicrotaskCheckpoint()'))
  const method = vm.runInThisContext('({ async m() { %PerformMicrotaskCheckpoint(); return sleep(5) } })').m
  try {
    t.is(travelled(fn)(), 'slept 5')
    t.is(travelled(method).constructor.name, 'AsyncFunction')
  } finally {
    v8.setFlagsFromString('--no-allow-natives-syntax')
  }
})
