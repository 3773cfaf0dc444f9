// When a server with sandboxed scripts is at rest, and what is the same whatever the number of their threads.
//
// Promises that the same scripts and answers give the same requests, with one thread or with eight, by whichever door they are
// handled, with tasks of the loop among them.

import ava from 'ava'
import { Server, taskModule } from 'threaded-async'
import { drain, serverFor } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const timeout = 30_000
const loops = taskModule(new URL('../server/scripts.mjs', import.meta.url))

/** A robot that looks, decides by chance, waits in several ways, and has several calls open at a time. */
const robot = `
  for (let i = 0; i < 12; i++) {
    const kind = Math.floor(Math.random() * 5)
    if (kind === 0) await host.nextTick()
    else if (kind === 1) await host.delay(Math.random() * 3)
    else if (kind === 2) await Promise.all([host.ask(id, i, 'a'), host.delay(0), host.ask(id, i, 'b')])
    else if (kind === 3) { host.ask(id, i, 'left'); await null; await host.ask(id, i, 'c') }
    else for (let j = 0; j < Math.random() * 100; j++) await null
    await host.ask(id, i, host.now)
  }
  export default () => [id, Math.random()]
`

/** Runs robots to their end; returns what was asked, and what they have ended with. */
function play(scriptThreads, { count = 20, tasks = 0, handle = server => server.processAll() } = {}) {
  const seen = []
  const server = new Server({ scriptThreads, handlers: { ask: (...args) => seen.push(args.join(':')) } })
  const scripts = []
  for (let id = 0; id < count; id++) {
    scripts.push(server.createScript(robot, { globals: { id }, seed: id * 7 + 1, name: `robot ${id}` }))
    if (id < tasks) server.createTask(loops.asking, [server.createClient(), `task ${id}`, 10])
  }
  for (let tick = 0; tick < 200 && scripts.some(script => !script.done()); tick++) {
    handle(server)
    server.tick({ timeout })
  }
  const results = scripts.map(script => script.wait({ timeout }).join())
  server.close()
  return [...seen, '|', ...results].join(' ')
}

test('B3: the same requests in the same order with 1, 2 or 8 threads', t => {
  const first = play(1)
  t.true(first.length > 2000)
  for (const threads of [1, 2, 8, 2, 8]) t.is(play(threads), first)
})

test('B3: the same with tasks of the loop among the scripts', t => {
  const first = play(1, { tasks: 5 })
  t.true(first.includes('task 4:9'))
  for (const threads of [1, 2, 8]) t.is(play(threads, { tasks: 5 }), first)
})

test('B3: the same where process handles one request at a time', t => {
  const handle = server => drain(server)
  const first = play(1, { count: 6, handle })
  for (const threads of [2, 8]) t.is(play(threads, { count: 6, handle }), first)
})

test('B3: process never says false while a script is still to run', t => {
  const server = serverFor(t, { handlers: { ask: n => n + 1 }, scriptThreads: 2 })
  const source =
    'let n = 0; for (let i = 0; i < 200; i++) { for (let j = 0; j < i; j++) await null; n = await host.ask(n) }\nexport default () => n'
  const script = server.createScript(source, { turnBudget: 1e9, tickBudget: 1e9 })
  t.is(drain(server), 200)
  t.is(script.wait({ timeout }), 200)
})

test('B3: settle waits for the first turn of a script that was just created', t => {
  const server = serverFor(t, { handlers: { ask: () => 1 }, scriptThreads: 4 })
  for (let i = 1; i <= 50; i++) {
    server.createScript('for (let i = 0; i < 500; i++); await host.ask(); await host.nextTick()')
    server.settle({ timeout })
    t.is(server.pending, 1)
    t.is(server.processAll(), 1)
  }
})

test('B3: tick and advance go through the times that scripts wait for, one by one', t => {
  const seen = []
  const server = serverFor(t, { handlers: { at: (id, now) => void seen.push(`${id}@${now}`) }, scriptThreads: 2 })
  for (const [id, delay] of [
    ['a', 0.25],
    ['b', 0.5],
    ['c', 0.75],
  ]) {
    server.createScript(`for (;;) { await host.delay(${delay}); await host.at('${id}', host.now) }`)
  }
  for (let time = server.advance({ until: 2 }); time !== undefined; time = server.advance({ until: 2 }))
    server.processAll()
  t.is(server.now, 2)
  t.deepEqual(seen.slice(0, 4), ['a@0.25', 'b@0.5', 'a@0.5', 'c@0.75'])
  t.is(server.tick({ timeout }), 3)
  t.is(server.tick({ timeout }), 4)
})

test('B3: tickAll waits for the scripts of all servers, also where one asks another', t => {
  const [north, south] = [1, 2].map(scriptThreads => serverFor(t, { handlers: { ask: n => n }, scriptThreads }))
  for (const server of [north, south]) {
    for (let i = 0; i < 5; i++)
      server.createScript(
        'for (;;) { await host.nextTick(); for (let i = 0; i < 3000; i++) await null; await host.ask(host.now) }',
        { tickBudget: 50_000_000, turnBudget: 50_000_000 },
      )
  }
  for (let tick = 1; tick < 10; tick++) {
    t.deepEqual(Server.tickAll([north, south], { timeout }), [tick, tick])
    t.is(north.processAll(), 5)
    t.is(south.processAll(), 5)
  }
})

test('a rest that does not come names the script that is busy', t => {
  const server = serverFor(t, { handlers: {} })
  server.settle({ timeout })
  const busy = server.createScript('for (;;);', {
    name: 'endless',
    turnBudget: 1e12,
    tickBudget: 1e12,
    turnTime: 600_000,
  })
  t.throws(() => server.settle({ timeout: 50 }), { code: 'ERR_EVENT_LOOP_TIMEOUT', message: /endless/ })
  busy.cancel()
  t.true(busy.cancelled())
})

test('serve handles the calls of scripts as they come', async t => {
  const server = serverFor(t, { handlers: { add: async (a, b) => a + b }, scriptThreads: 2 })
  const serving = server.serve()
  const scripts = Array.from({ length: 20 }, (_, i) =>
    server.createScript(
      `export default async host => { let n = 0; for (let i = 0; i < 50; i++) n = await host.add(n, ${i}); return n }`,
    ),
  )
  const results = await Promise.all(scripts.map(script => script.result({ timeout })))
  t.deepEqual(
    results,
    scripts.map((_, i) => i * 50),
  )
  await server.closeAsync()
  await serving
})

test('requests hands out the calls of scripts, with who asks', async t => {
  const server = serverFor(t, {})
  const named = server.createClient({ name: 'seven' })
  const script = server.createScript('export default host => Promise.all([host.a(1), host.b(2)])', {
    client: named,
    name: 'robot-7',
  })
  const seen = []
  for await (const [request, future] of server.requests()) {
    seen.push([request.fun, request.client, request.task, ...request.args])
    future.setResult(request.args[0] * 10)
    if (seen.length === 2) break
  }
  t.deepEqual(await script.result({ timeout }), [10, 20])
  t.deepEqual(seen, [
    ['a', 'seven', 'robot-7', 1],
    ['b', 'seven', 'robot-7', 2],
  ])
})

test('processUntil serves until a script has ended, and throws its error', t => {
  const server = serverFor(t, {
    handlers: {
      add: (a, b) => a + b,
      fail() {
        throw new RangeError('no')
      },
    },
  })
  t.is(server.processUntil(server.createScript('export default host => host.add(1, 2)'), { timeout }), 3)
  t.throws(() => server.processUntil(server.createScript('await host.fail()'), { timeout }), {
    instanceOf: RangeError,
    message: 'no',
  })
})
