// Scripts that are saved and go on elsewhere.
//
// Promises that a script which was restored goes on as the saved one would have, its open calls among it; and that bytes which
// are damaged, of another source or of a larger limit are refused by name.

import ava from 'ava'
import { InvalidStateError, ScriptRestoreError, Server } from 'threaded-async'
import { serverFor } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const timeout = 30_000
const robot = `
  const seen = new Map()
  for (let i = 0; i < 20; i++) {
    await host.nextTick()
    const [a, b] = await Promise.all([host.ask(id, i, Math.random()), host.ask(id, -i, seen.size)])
    seen.set(i, a + b)
  }
  export default () => [...seen.values()]
`

/** A server whose robots are saved and go on in a new server after so many ticks each time. */
function play(saveAfter, scriptThreads = 1) {
  const log = []
  const make = () => new Server({ scriptThreads, handlers: { ask: (...args) => log.push(args.join(':')) } })
  let server = make()
  let scripts = Array.from({ length: 5 }, (_, id) =>
    server.createScript(robot, { globals: { id }, seed: id, name: `robot ${id}` }),
  )
  for (let tick = 1; tick <= 21; tick++) {
    server.processAll()
    if (tick % saveAfter === 0 && tick <= 20) {
      const saved = scripts.map(script => script.save({ timeout }))
      server.close()
      server = make()
      scripts = saved.map((restore, id) => server.createScript(robot, { restore, name: `robot ${id}` }))
    }
    server.tick({ timeout })
  }
  const results = scripts.map(script => script.wait({ timeout }).join())
  server.close()
  return [...log, '|', ...results].join(' ')
}

test('B5: a game that is saved and restored goes on as if it had never stopped', t => {
  const first = play(Infinity)
  t.true(first.length > 1000)
  for (const after of [1, 3, 7]) t.is(play(after), first)
  t.is(play(4, 2), first)
})

test('B5: calls that were open are made anew, in their order', t => {
  const seen = []
  const [one, two] = [1, 2].map(() => serverFor(t, { handlers: { ask: n => void seen.push(n) } }))
  const source = 'await Promise.all([host.ask(1), host.ask(2), host.ask(3)]); export default () => "done"'
  const script = one.createScript(source)
  const saved = script.save({ timeout })
  t.is(one.pending, 3)
  const restored = two.createScript(source, { restore: saved })
  two.settle({ timeout })
  t.is(two.pending, 3)
  t.is(two.processUntil(restored, { timeout }), 'done')
  t.deepEqual(seen, [1, 2, 3])
  t.is(one.processUntil(script, { timeout }), 'done')
})

test('B5: one save is the beginning of as many scripts as are made of it', t => {
  const server = serverFor(t, { handlers: { ask: n => n + 1 } })
  const source =
    'let n = 0; for (let i = 0; i < 5; i++) { n = await host.ask(n); await host.nextTick() } export default () => n'
  const script = server.createScript(source)
  server.processAll()
  const restore = script.save({ timeout })
  script.cancel()
  const forks = Array.from({ length: 20 }, () => server.createScript(source, { restore }))
  for (let tick = 0; tick < 6; tick++) {
    server.tick({ timeout })
    server.processAll()
  }
  for (const fork of forks) t.is(fork.wait({ timeout }), 5)
})

test('B5: the limits and the client that are given anew are those that hold', t => {
  const seen = []
  class Asked extends Server {
    handleRequest(request, future) {
      seen.push([request.client, request.args[0]])
      future.setResult()
    }
  }
  const server = serverFor(t, {}, Asked)
  const source = 'const all = []; for (;;) { await host.more(host.id); all.push(new Uint8Array(100_000)) }'
  const first = server.createScript(source, { memoryLimit: 2 ** 20 })
  const restore = first.save({ timeout })
  first.cancel()
  for (const size of [4, 64]) {
    const memoryLimit = size * 2 ** 20
    const script = server.createScript(source, { restore, memoryLimit })
    const { allowed } = t.throws(() => server.processUntil(script, { timeout }), { code: 'ERR_SCRIPT_MEMORY' })
    t.is(allowed, memoryLimit)
    const { memory } = script.usage()
    t.true(memory > memoryLimit - 300_000 && memory <= memoryLimit, `${memory}`)
  }
  // The call that was open was written before.
  for (const [client, id] of seen) t.true(client === id || id === 1, `${client} ${id}`)
  t.true(seen.filter(([client, id]) => client === id && id > 1).length > 100)
})

test('a saved script is a Buffer, so it goes through base64 and JSON as any', t => {
  const server = serverFor(t, { handlers: { say: text => text } })
  const source = 'await host.nextTick(); export default () => host.say("hello")'
  const bytes = server.createScript(source).save({ timeout })
  t.true(Buffer.isBuffer(bytes))
  const { saved } = JSON.parse(JSON.stringify({ saved: bytes.toString('base64') }))
  const restored = server.createScript(source, { restore: Buffer.from(saved, 'base64') })
  server.tick({ timeout })
  t.is(server.processUntil(restored, { timeout }), 'hello')
})

test('what a script has used goes with it', t => {
  const server = serverFor(t, { handlers: { ask: n => n } })
  const source = 'await host.ask(1); await host.ask(2); await host.nextTick()'
  const script = server.createScript(source)
  server.processAll()
  const restored = server.createScript(source, { restore: script.save({ timeout }) })
  server.settle({ timeout })
  t.deepEqual(restored.usage(), script.usage())
})

test('B5: a script that has ended, or is paused within a turn, is not saved', t => {
  const server = serverFor(t, { handlers: {} })
  const ended = server.createScript('1')
  ended.wait({ timeout })
  t.throws(() => ended.save(), { instanceOf: InvalidStateError, message: /has ended/ })
  const cancelled = server.createScript('await host.nextTick()')
  cancelled.cancel()
  t.throws(() => cancelled.save(), { instanceOf: InvalidStateError })
  const paused = server.createScript('for (;;);', { onOverrun: 'pause', turnBudget: 200_000 })
  t.throws(() => paused.save({ timeout }), { instanceOf: InvalidStateError, message: /paused/ })
  t.false(paused.done())
})

test('B5: bytes that are no saved script of this source are refused by name', t => {
  const server = serverFor(t, { handlers: {} })
  const source = 'await host.nextTick()'
  const saved = server.createScript(source, { memoryLimit: 2 ** 21 }).save({ timeout })
  const refused = (bytes, message, options) => {
    const attempt = () => server.createScript(source, { restore: bytes, ...options })
    const error = t.throws(attempt, { instanceOf: ScriptRestoreError, code: 'ERR_SCRIPT_RESTORE' })
    t.regex(error.message, message)
  }
  refused(new Uint8Array(0), /not the bytes/)
  refused(new Uint8Array(1000), /not the bytes/)
  refused(saved.subarray(0, saved.length - 1), /not the bytes/)
  refused(Uint8Array.of(...saved, 1), /not the bytes/)
  for (let at = 0; at < saved.length; at += Math.ceil(saved.length / 50)) {
    const damaged = Uint8Array.from(saved)
    damaged[at] ^= 1
    refused(damaged, /./)
  }
  refused(saved, /larger/, { memoryLimit: 2 ** 20 })
  t.throws(() => server.createScript(`${source} `, { restore: saved }), {
    instanceOf: ScriptRestoreError,
    message: /other sources/,
  })
  t.throws(() => server.createScript(source, { restore: saved, allowEval: true }), { instanceOf: ScriptRestoreError })
  t.notThrows(() => server.createScript(source, { restore: saved, memoryLimit: 2 ** 22 }).cancel())
})

test('a saved script may find its modules in another order', t => {
  const server = serverFor(t, { handlers: {} })
  const [a, b] = ['export const a = 1', 'export const b = 2']
  const source = "import { a } from 'a'; import { b } from 'b'; await host.nextTick(); export default () => a + b"
  const saved = server.createScript(source, { modules: { a, b } }).save({ timeout })
  const restored = server.createScript(source, { modules: { b, a }, restore: saved })
  server.tick({ timeout })
  t.is(restored.wait({ timeout }), 3)
  for (const modules of [
    { a: b, b: a },
    { a, b, c: a },
    { a, b: `${b} ` },
  ]) {
    t.throws(() => server.createScript(source, { modules, restore: saved }), {
      message: /other sources|has no export/,
    })
  }
})

test('what is left of a time goes with the script that waits for it', t => {
  const seen = []
  const [one, two] = [1, 2].map(() => serverFor(t, { handlers: { at: now => void seen.push(now) } }))
  const source = 'await host.delay(2.5); await host.at(host.now); await host.delay(1); await host.at(host.now)'
  const script = one.createScript(source)
  t.is(one.advance({ until: 1.5, timeout }), undefined)
  const restored = two.createScript(source, { restore: script.save({ timeout }) })
  while (two.advance({ until: 5, timeout }) !== undefined) two.processAll()
  restored.wait({ timeout })
  t.deepEqual(seen, [1, 2])
})
