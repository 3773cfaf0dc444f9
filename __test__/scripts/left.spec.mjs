// What a script leaves open when it ends, or when it can go no further.
//
// Promises that a call which nobody waits for is served all the same, as that of any task, unless the script was cancelled or
// passed a limit; and that the error of what was left unhandled, or cannot come, has a line of the script.

import test from 'ava'
import { Server } from 'threaded-async'
import { serverFor } from '../support/server-fixture.mjs'

const timeout = 30_000

function listening(t, options) {
  const seen = []
  const handlers = {
    say: text => void seen.push(text),
    fail: () => Promise.reject(new RangeError('no')),
    add: (a, b) => a + b,
  }
  return { seen, server: serverFor(t, { handlers, handlerErrors: 'reject', ...options }) }
}

test('B10: a call that a script does not wait for is served, made in its last turn or before', t => {
  const { seen, server } = listening(t)
  const source =
    'host.say("first"); await host.say("second"); host.say("third"); host.delay(5); ' +
    'export default () => { host.say("last"); return 7 }'
  const script = server.createScript(source)
  server.processAll()
  t.deepEqual(seen, ['first', 'second', 'third', 'last'])
  t.is(script.wait({ timeout }), 7)
  t.is(server.pending, 0)
  t.is(server.advance({ until: 10 }), undefined)
})

test('B10: all calls are served, however many wait in their order, under the name of their client', t => {
  const seen = []
  class Named extends Server {
    handleRequest({ client, args }, future) {
      seen.push([client, ...args])
      future.setResult()
    }
  }
  const server = new Named({ queueSize: 2 })
  t.teardown(() => server.close())
  const source = 'for (let i = 0; i < 20; i++) host.say(i)'
  const script = server.createScript(source, { client: server.createClient({ name: 'author' }) })
  script.wait({ timeout })
  server.processAll()
  t.deepEqual(
    seen,
    Array.from({ length: 20 }, (_, i) => ['author', i]),
  )
})

test('B10: the calls of a script that fails are served, and its error is its own', t => {
  const { seen, server } = listening(t)
  const script = server.createScript('host.say("failing"); throw new TypeError("as it says")')
  server.processAll()
  t.deepEqual(seen, ['failing'])
  t.throws(() => script.wait({ timeout }), { instanceOf: TypeError, message: 'as it says' })
})

test('B10: to cancel a script that has ended takes none of its calls back', t => {
  const { seen, server } = listening(t)
  const script = server.createScript('host.say("bye")')
  script.wait({ timeout })
  script.cancel()
  server.processAll()
  t.deepEqual(seen, ['bye'])
  t.false(script.cancelled())
})

test('B10: of a script that has passed a limit no call is served any more', t => {
  const { seen, server } = listening(t)
  const script = server.createScript('host.say("before"); for (;;);', { turnBudget: 1_000_000 })
  server.processAll()
  t.throws(() => script.wait({ timeout }), { code: 'ERR_SCRIPT_BUDGET' })
  t.deepEqual([seen, server.pending], [[], 0])
})

test('B10: a server closes at once though the calls of scripts that have ended were never answered', t => {
  const { server } = listening(t)
  const scripts = Array.from({ length: 20 }, () => server.createScript('host.say("bye"); host.say("bye")'))
  for (const script of scripts) script.wait({ timeout })
  t.is(server.pending, 40)
  server.close()
  t.false(server.isRunning)
})

/** The error that a script ends with. */
function errorOf(t, source) {
  const { server } = listening(t)
  const script = server.createScript(source)
  try {
    server.processAll()
  } catch {} // What a handler rejects is not what this is about.
  return t.throws(() => server.processUntil(script, { timeout }))
}

test('B6: the error of a script that waits for what cannot come says where it waits', t => {
  const stuck = source => {
    const error = errorOf(t, source)
    t.is(error.code, 'ERR_SCRIPT_STUCK')
    return error.message
  }
  t.regex(stuck('1\n\nawait new Promise(() => {})'), /in script\.js:3:\d+:/)
  const later = 'async function get() {\n  await host.add(1, 2)\n  await new Promise(() => {})\n}\nawait get()'
  t.regex(stuck(later), /in get \(script\.js:3:\d+\):/)
  t.regex(stuck('export default () => new Promise(() => {})'), /settle: it has/)
})

test('B6: the rejection of a call that is never awaited has the line of the call', async t => {
  const server = serverFor(t, {
    handlers: { fail: kind => Promise.reject(kind === 1 ? 'text' : new RangeError('no')), nap: () => null },
  })
  const serving = server.serve()
  const stackOf = async source => (await t.throwsAsync(server.createScript(source).result())).stack
  t.regex(await stackOf('\nhost.fail()\nfor (;;) await host.nap()'), /RangeError: no\n    at script\.js:2:\d+\n/)
  t.regex(
    await stackOf(
      'function ask() {\n  host.fail().then(x => x)\n}\nask(); await host.nap(); await host.nap(); await host.nap()',
    ),
    /at ask \(script\.js:2:\d+\)/,
  )
  t.regex(await stackOf('export default () =>\n  host.fail()'), /at script\.js:2:\d+/)
  t.regex(
    await stackOf('async function wait(p) {\n  await p\n}\nawait wait(host.fail())'),
    /at wait \(script\.js:2:\d+\)/,
  )
  await server.closeAsync()
  await serving
})
