// What a script can read of an error of its host.
//
// Promises that by no road a file or a stack of the host comes to a script, and that what is made in the place of something that
// cannot cross is the same on every machine.

import test from 'ava'
import { AsyncRunner, Server, taskModule } from 'threaded-async'
import { closedAfter } from '../support/runner-fixture.mjs'
import { serverFor } from '../support/server-fixture.mjs'

const tasks = taskModule(new URL('./told-tasks.mjs', import.meta.url))
const patience = { timeout: 30_000 }

/** Tells all that hangs on what a call was rejected with, hidden fields as well. */
const source = `
  const seen = new Set()
  const texts = []
  const look = value => {
    if (typeof value === 'string') texts.push(value)
    if (typeof value !== 'object' || value === null || seen.has(value)) return
    seen.add(value)
    for (const name of Reflect.ownKeys(value)) { texts.push(String(name)); look(value[name]) }
    if (value instanceof Map) for (const entry of value) look(entry)
  }
  export default async () => {
    const error = await host.fail().then(value => ({ message: 'a value', value }), error => error)
    look(error)
    look(error.stack)
    return { message: error.message, all: texts.join('\\n') }
  }`

const inner = () => new Error('inner')
const uncloneable = () => ({ error: inner(), f() {} })

/** What is thrown, and what a script reads as its message. */
const thrown = {
  'an object that holds an error': [uncloneable, 'error.f cannot enter a sandboxed script: it is the function f.'],
  'a list that holds an error': [
    () => [inner(), Symbol('s')],
    'error[1] cannot enter a sandboxed script: it is a symbol.',
  ],
  'a map that holds an error': [
    () => new Map([[inner(), () => {}]]),
    /^error\.values\(\)\[0\] cannot enter a sandboxed script: it is a function\.$/,
  ],
  'a function': [() => function name() {}, 'error cannot enter a sandboxed script: it is the function name.'],
  'a class': [() => class Secret {}, 'error cannot enter a sandboxed script: it is the function Secret.'],
  'a symbol': [() => Symbol('s'), 'error cannot enter a sandboxed script: it is a symbol.'],
  'a Proxy': [() => new Proxy(inner(), {}), 'error cannot enter a sandboxed script: it is a Proxy.'],
  'a Promise': [() => Promise.resolve(1), 'error cannot enter a sandboxed script: it is a Promise; await it first.'],
  'an object whose getter throws': [
    () => ({
      get a() {
        throw inner()
      },
    }),
    'Something was thrown that cannot enter a sandboxed script.',
  ],
  'an object that is shown in a way of its own': [
    () => ({ f() {}, [Symbol.for('nodejs.util.inspect.custom')]: () => import.meta.url }),
    'error.f cannot enter a sandboxed script: it is the function f.',
  ],
  'an error': [inner, 'inner'],
  'an error whose cause cannot cross': [() => new Error('outer', { cause: uncloneable() }), 'outer'],
  'an error whose cause has one': [
    () => new Error('outer', { cause: new Error('b', { cause: uncloneable() }) }),
    'outer',
  ],
  'an error with fields': [() => Object.assign(inner(), { error: inner(), f() {}, list: [inner()] }), 'inner'],
  'an error with its stack as a field': [() => Object.defineProperty(inner(), 'stack', { enumerable: true }), 'inner'],
  'several errors': [() => new AggregateError([uncloneable(), inner(), Symbol('s')], 'all'), 'all'],
  'a DOMException': [() => new DOMException('no', 'AbortError'), 'no'],
}

/** How a handler comes to fail with it. */
const roads = {
  throws: make => () => {
    throw make()
  },
  rejects: make => () => Promise.reject(make()),
  'rejects later': make => async () => {
    await undefined
    throw make()
  },
}

function check(t, name, { message, all }) {
  const [, expected] = thrown[name] ?? [undefined, /./]
  if (typeof expected === 'string') t.is(message, expected, name)
  else t.regex(message, expected, name)
  t.notRegex(all, /file:|node:|\.mjs|\.cjs|__test__|\bdist\b|threaded-async[\\/]/, name)
  t.notRegex(all.replaceAll(/^ *at .*\bscript\.js(:\d+)+\)?$/gm, ''), /^ *at /m, name)
}

for (const [how, handler] of Object.entries(roads)) {
  test(`B4: what a handler ${how} tells a script no file and no stack`, async t => {
    for (const [name, [make]] of Object.entries(thrown)) {
      const server = serverFor(t, { handlers: { fail: handler(make) } })
      const serving = server.serve()
      check(t, name, await server.createScript(source).result(patience))
      await server.closeAsync()
      await serving
    }
  })
}

test('B4: what a handler throws to a loop that blocks tells a script no file and no stack', t => {
  for (const [name, [make]] of Object.entries(thrown)) {
    const server = serverFor(t, { handlers: { fail: roads.throws(make) }, handlerErrors: 'reject' })
    check(t, name, server.processUntil(server.createScript(source), patience))
  }
})

test('B4: what handleRequest throws tells a script no file and no stack', t => {
  for (const [name, [make]] of Object.entries(thrown)) {
    class Failing extends Server {
      handleRequest() {
        throw make()
      }
    }
    const server = serverFor(t, { handlerErrors: 'reject' }, Failing)
    check(t, name, server.processUntil(server.createScript(source), patience))
  }
})

test('B4: a future that fails on another thread tells a script no file and no stack', t => {
  const [server, other] = [serverFor(t), closedAfter(t, new AsyncRunner())]
  server.handleRequest = (_, future) => other.run(tasks.fail, [future], patience)
  check(t, 'another thread', server.processUntil(server.createScript(source), patience))
})

const answers = {
  'a promise in a loop that blocks': () => Promise.resolve(1),
  'what cannot cross': () => ({ error: inner(), f() {} }),
  'an error as a value': () => ({ error: inner(), list: [new Error('outer', { cause: inner() })] }),
}

for (const [what, fail] of Object.entries(answers)) {
  test(`B4: ${what} as an answer tells a script no file and no stack`, t => {
    const server = serverFor(t, { handlers: { fail }, handlerErrors: 'reject' })
    check(t, what, server.processUntil(server.createScript(source), patience))
  })
}

test('an answer that cannot enter a script is refused with the name of the call, to both sides', t => {
  const server = serverFor(t, { handlers: { fail: answers['what cannot cross'] } })
  const script = server.createScript(source)
  const message = "In the answer to 'fail', result.f cannot enter a sandboxed script: it is the function f."
  t.throws(() => server.process(), { message })
  t.is(server.processUntil(script, patience).message, message)
})

test('B4: calls that are refused tell a script no file and no stack', t => {
  const server = serverFor(t, { handlers: { fall: () => 1 }, handlerErrors: 'reject' })
  const { message, all } = server.processUntil(server.createScript(source), patience)
  t.is(message, "The server has no method 'fail'. Did you mean 'fall'?")
  check(t, 'no method', { message, all })
  const long = source.replace('host.fail()', "host.execute('x'.repeat(100_000))")
  t.is(
    server.processUntil(server.createScript(long), patience).message,
    `The server has no method '${'x'.repeat(100)}…'.`,
  )
  const unreadable = 'host.fall(new Set(Array.from({ length: 600 }, (_, i) => (BigInt(i) << 64n) + 5n)))'
  check(t, 'unreadable', server.processUntil(server.createScript(source.replace('host.fail()', unreadable)), patience))
})

test('B4: errors among the globals have no file and no stack of the host', t => {
  const server = serverFor(t, { handlers: {} })
  const globals = { failed: new Error('outer', { cause: inner() }), list: [inner()] }
  const reading = source.replace(
    "await host.fail().then(value => ({ message: 'a value', value }), error => error)",
    '[failed, list]',
  )
  check(t, 'globals', { ...server.processUntil(server.createScript(reading, { globals }), patience), message: 'none' })
})
