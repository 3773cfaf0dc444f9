// A sandboxed script can do nothing to others: the promises of docs/scripts.md, each with more than one case.
//
// Promises that whatever a script does ends that script alone, with an error that names it and its limit; that the same
// script ends at the same step each time; and that the others' ticks go on.

import ava from 'ava'
import { ScriptBudgetError, ScriptMemoryError } from 'threaded-async'
import { serverFor } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const timeout = 30_000
const handlers = { add: (a, b) => a + b, walk: () => true }

/** Programs that never end by themselves, or ask for what no machine has, and the limit that each runs into. */
const bombs = {
  'a loop': ['for (;;);', 'turnBudget'],
  'a loop within a try': ['try { for (;;); } catch {} finally { for (;;); }', 'turnBudget'],
  'a loop in the executor of a promise': ['await new Promise(() => { for (;;); })', 'turnBudget'],
  'a loop that catches what its recursion throws': ['for (;;) try { (function f() { f() })() } catch {}', 'turnBudget'],
  'a loop in a getter of an answer': ['export default () => ({ get a() { for (;;); } })', 'turnBudget'],
  'a flood of microtasks': ['const f = () => Promise.resolve().then(f); f(); await host.nextTick()', 'turnBudget'],
  'a flood of microtasks that are caught': [
    'const f = () => queueMicrotask(() => { try { f() } catch {} }); f(); await host.nextTick()',
    'turnBudget',
  ],
  'an expression that explodes': ['/(a+)+$/.test("a".repeat(40) + "b")', 'turnBudget'],
  'a reversal of what is endless': ['Array.prototype.reverse.call({ length: 2 ** 53 - 1 })', 'turnBudget'],
  'the digits of a large number': ['(123456789n ** 100000n).toString()', 'turnBudget'],
  'calls without number': ['for (;;) host.add(1, 2)', 'turnBudget'],
}
const large = { turnBudget: 1e9, tickBudget: 1e9 }
const leaks = {
  'a leak': 'const all = []; for (;;) all.push(new Array(1000).fill(0))',
  'a leak within a try': 'const all = []; for (;;) try { all.push(new Uint8Array(100_000)) } catch {}',
  'a leak of text': 'const all = []; for (let i = 0; ; i++) all.push("x".repeat(10_000) + i)',
  'a leak into closures': 'let f = () => 0; for (;;) { const g = f, a = new Array(100).fill(1); f = () => g() + a[0] }',
}

for (const [what, [source, limit]] of Object.entries(bombs)) {
  test(`B1: ${what} ends its script, and the ticks of the others go on`, t => {
    const server = serverFor(t, { handlers })
    const others = [1, 2, 3].map(i =>
      server.createScript('for (;;) { await host.nextTick(); await host.walk() }', { name: `walker ${i}` }),
    )
    const rogue = server.createScript(source, { name: 'rogue' })
    for (let tick = 0; tick < 5; tick++) {
      server.tick({ timeout })
      t.is(server.processAll(), 3)
    }
    const error = t.throws(() => server.processUntil(rogue, { timeout }), { instanceOf: ScriptBudgetError })
    t.is(error.script, 'rogue')
    t.is(error.limit, limit)
    t.is(error.allowed, 50_000_000)
    t.true(error.message.startsWith("Script 'rogue' has used up its turnBudget of 50000000 steps"), error.message)
    for (const other of others) t.false(other.done())
  })
}

for (const [what, source] of Object.entries(leaks)) {
  test(`B1: ${what} ends its script, and its memory is given back`, t => {
    const server = serverFor(t, { handlers })
    const other = server.createScript('for (;;) { await host.nextTick(); await host.walk() }')
    const rogue = server.createScript(source, { name: 'leaking', memoryLimit: 2 ** 20, ...large })
    const error = t.throws(() => rogue.wait({ timeout }), { instanceOf: ScriptMemoryError })
    t.is(error.script, 'leaking')
    t.is(error.limit, 'memoryLimit')
    t.is(error.allowed, 2 ** 20)
    server.tick({ timeout })
    t.is(server.processAll(), 1)
    t.false(other.done())
  })
}

test('a deep recursion is an ordinary error of the script, which may catch it and go on', t => {
  const server = serverFor(t, { handlers })
  const source =
    'let depth = 0; const f = () => { depth++; f() }; try { f() } catch (e) { depth = -depth } export default () => depth'
  const shallow = server.createScript(source, { stackLimit: 32 * 1024 })
  const deep = server.createScript(source, { stackLimit: 256 * 1024 })
  const [a, b] = [shallow, deep].map(script => -script.wait({ timeout }))
  t.true(a > 5 && b > 2 * a, `${a} ${b}`)
  t.throws(() => server.createScript('const f = () => f() + 1; f()').wait({ timeout }), { instanceOf: RangeError })
})

const iterators = step => `let it = [1].values(); for (let i = 0; i < 20_000; i++) it = ${step};`
const proxies = 'let p = { a: 1 }; for (let i = 0; i < 20_000; i++) p = new Proxy(p, {});'
/** Recursions in which no function of the script is called. */
const withinTheEngine = {
  'map of map': `${iterators('it.map(x => x)')} it.next()`,
  'filter of filter': `${iterators('it.filter(() => true)')} it.next()`,
  'take of take': `${iterators('it.take(5)')} [...it]`,
  'drop of drop': `${iterators('it.drop(0)')} it.toArray()`,
  'flatMap of flatMap': `${iterators('it.flatMap(x => [x])')} for (const x of it);`,
  'concat of concat': `${iterators('Iterator.concat(it)')} it.next()`,
  'the end of map of map': `${iterators('it.map(x => x)')} it.return()`,
  'map of map, awaited': `${iterators('it.map(x => x)')} for await (const x of it);`,
  'wrapped iterators': `
    const { next } = Object.getPrototypeOf(Iterator.from({ next() {} }))
    let it = { next: () => ({ done: true }) }
    for (let i = 0; i < 20_000; i++) it = Object.assign(Object.setPrototypeOf(Iterator.from(it), null), { next })
    next.call(it)`,
  'the keys of proxies': `${proxies} Object.keys(p)`,
  'the names of proxies': `${proxies} for (const name in p);`,
  'a copy of proxies': `${proxies} ({ ...p })`,
  'frozen proxies': `${proxies} Object.freeze(p)`,
  'a field of proxies': `${proxies} p.a`,
  'the descriptor of proxies': `${proxies} Object.getOwnPropertyDescriptor(p, 'a')`,
}

for (const [what, source] of Object.entries(withinTheEngine)) {
  test(`a recursion within the engine is such an error, too: ${what}`, t => {
    const server = serverFor(t, { handlers })
    for (const stackLimit of [16, 256, 320].map(size => size * 1024)) {
      const limits = { stackLimit, turnBudget: 1e9, tickBudget: 1e9, turnTime: 600_000, memoryLimit: 2 ** 26 }
      const whole = `let caught; try { ${source} } catch (e) { caught = e } export default () => [caught.name, caught.message]`
      const script = server.createScript(whole, limits)
      t.deepEqual(script.wait({ timeout }), ['RangeError', 'Maximum call stack size exceeded'])
    }
  })
}

test('B1: a thousand scripts that each end themselves leave nothing behind', t => {
  const server = serverFor(t, { handlers, scriptThreads: 2 })
  for (let round = 0; round < 4; round++) {
    const all = Array.from({ length: 250 }, (_, i) =>
      server.createScript(i % 2 ? 'for (;;);' : 'await host.walk()', { turnBudget: 100_000 }),
    )
    server.settle({ timeout })
    t.is(server.processAll(), 125)
    server.settle({ timeout })
    for (const script of all) {
      t.true(script.done())
      script.result().catch(() => {})
    }
  }
  t.is(server.pending, 0)
  t.is(server.statistics().tasksRunning, 0)
})

test('B2: the same script ends at the same step, alone or among others, on one thread or on two', t => {
  const source = 'let n = 0; for (;;) { n += Math.floor(Math.random() * 3); if (n % 7 === 0) await host.add(n, 1) }'
  const stepsOf = (scriptThreads, count) => {
    const server = serverFor(t, { handlers, scriptThreads })
    const scripts = Array.from({ length: count }, () => server.createScript(source, { seed: 5, tickBudget: 2_000_000 }))
    server.processAll()
    return scripts.map(script => {
      const error = t.throws(() => script.wait({ timeout }), { instanceOf: ScriptBudgetError })
      t.is(error.limit, 'tickBudget')
      return script.usage().steps
    })
  }
  const all = [stepsOf(1, 1), stepsOf(1, 5), stepsOf(2, 5)].flat()
  t.is(new Set(all).size, 1, all.join())
})

test('B2: a tickBudget is fresh in each tick', t => {
  const server = serverFor(t, { handlers })
  const source = 'for (let i = 0; ; i++) { for (let j = 0; j < 2000; j++); await host.nextTick() }'
  const script = server.createScript(source, { tickBudget: 1_000_000 })
  for (let tick = 0; tick < 10; tick++) server.tick({ timeout })
  t.false(script.done())
  const { steps, stepsThisTick } = script.usage()
  t.true(steps > 2_000_000 && stepsThisTick < 1_000_000, `${steps} ${stepsThisTick}`)
})

test('B1: what a script sends and Node.js cannot read is the error of its call, and the main loop goes on', async t => {
  const keys = 'const keys = Array.from({ length: 2000 }, (_, i) => (BigInt(i) << 64n) + 5n)'
  const unreadable = ['new Set(keys)', '[{ map: new Map(keys.map(key => [key, 1])) }]']
  const source = value => `${keys}; try { await host.add(${value}) } catch (error) { await host.walk(error.code) }`
  const server = serverFor(t, { handlers })
  const other = server.createScript('for (;;) { await host.nextTick(); await host.add(1, 2) }')
  for (const value of unreadable) {
    const script = server.createScript(source(value))
    server.tick({ timeout })
    t.is(server.processAll(), 3)
    t.is(script.wait({ timeout }), undefined)
  }
  t.throws(() => server.processUntil(server.createScript(`${keys}; await host.add(new Set(keys))`), { timeout }), {
    code: 'ERR_UNCLONEABLE',
  })
  t.false(other.done())
  const code = []
  const live = serverFor(t, { handlers: { add: () => 3, walk: each => void code.push(each) } })
  const script = live.createScript(source(unreadable[0]))
  const serving = live.serve()
  await script.result()
  live.close()
  await serving
  t.deepEqual(code, ['ERR_UNCLONEABLE'])
})

test('B2: a script that is ended in its first turn has used what it has used', t => {
  const server = serverFor(t, { handlers })
  const script = server.createScript('host.walk(); for (;;);', { turnBudget: 1_000_000 })
  t.throws(() => script.wait({ timeout }), { instanceOf: ScriptBudgetError })
  const { steps, stepsThisTick, turns, requests } = script.usage()
  t.true(steps >= 1_000_000 && steps < 1_100_000, `${steps}`)
  t.deepEqual([stepsThisTick, turns, requests], [steps, 1, 1])
})

test("B2: with onOverrun 'pause' a turn goes on in the next tick, with the next budget", t => {
  const server = serverFor(t, { handlers })
  const source = 'let n = 0; for (let i = 0; i < 300_000; i++) n++; export default () => n'
  const script = server.createScript(source, { onOverrun: 'pause', turnBudget: 500_000 })
  const other = server.createScript('for (;;) { await host.nextTick(); await host.walk() }')
  let ticks = 0
  for (; !script.done() && ticks < 1000; ticks++) {
    server.tick({ timeout })
    t.is(server.processAll(), 1)
  }
  t.true(ticks > 3 && ticks < 1000, `${ticks}`)
  t.is(script.wait(), 300_000)
  t.false(other.done())
})

test("B2: with onOverrun 'pause' a script that has used up its tickBudget is ended all the same, also where nothing ticks", async t => {
  const told = []
  const served = new AbortController()
  const onTaskError = ({ error }) => {
    told.push(error.limit)
    served.abort()
  }
  const server = serverFor(t, { handlers, onTaskError })
  server.createScript('for (;;) await host.walk()', { onOverrun: 'pause', tickBudget: 5_000_000 })
  await server.serve({ signal: AbortSignal.any([served.signal, AbortSignal.timeout(timeout)]) })
  t.deepEqual(told, ['tickBudget'])
  const spinner = server.createScript('for (;;);', { onOverrun: 'pause', tickBudget: 1_000_000 })
  const { limit } = t.throws(() => spinner.wait({ timeout }), { instanceOf: ScriptBudgetError })
  t.is(limit, 'tickBudget')
  t.true(spinner.usage().steps < 1_010_000, `${spinner.usage().steps}`)
})

test("B2: with onOverrun 'pause' the lines of a turn are shown at each pause, and its end says where it was", t => {
  const lines = []
  const server = serverFor(t, { onOutput: ({ script, text }) => lines.push([script, text]) })
  const source = 'console.log("begun"); (function spin() { for (let n = 0;;) n++ })()'
  const paused = server.createScript(source, {
    onOverrun: 'pause',
    turnBudget: 1_000_000,
    turnTime: 600_000,
    name: 'paused',
  })
  server.settle({ timeout })
  t.false(paused.done())
  t.deepEqual(lines, [['paused', 'begun']])
  const slow = { onOverrun: 'pause', turnBudget: 1e15, tickBudget: 1e15, turnTime: 20, name: 'slow' }
  const late = server.createScript(source, slow)
  const { limit, place } = t.throws(() => late.wait({ timeout }), { instanceOf: ScriptBudgetError })
  t.is(limit, 'turnTime')
  t.regex(place, /^spin \(script\.js:1:\d+\)$/)
  t.deepEqual(lines.slice(1), [['slow', 'begun']])
})

test('B2: an answer that comes while a turn is paused is handed in when that has ended, and with it those behind it', t => {
  const server = serverFor(t, { handlers })
  const source = `
    const order = []
    const asked = ['a', 'b', 'c', 'd'].map((name, i) => (i === 2 ? host.delay(1) : host.add(name, '')).then(() => order.push(name)))
    await asked[0]
    for (let i = 0; i < 20_000; i++);
    order.push('loop')
    await Promise.all(asked)
    export default () => order.join()`
  const script = server.createScript(source, { onOverrun: 'pause', turnBudget: 500_000 })
  t.is(server.processAll(), 3)
  let ticks = 0
  for (; !script.done() && ticks < 1000; ticks++) server.tick({ timeout })
  t.true(ticks > 3 && ticks < 1000, `${ticks}`)
  t.is(script.wait(), 'a,loop,b,d,c')
})

test('B1: a script that is cancelled in the middle of a turn gives its thread to the others, however long the turn may be', t => {
  const endless = { turnBudget: 1e15, tickBudget: 1e15 }
  for (const limits of [{ turnTime: Infinity }, { turnTime: 600_000 }, { turnTime: Infinity, onOverrun: 'pause' }]) {
    const server = serverFor(t, { handlers })
    const spinning = server.createScript('for (;;);', { ...endless, ...limits })
    const other = server.createScript('await host.nextTick(); export default () => "done"')
    spinning.cancel()
    t.throws(() => spinning.wait({ timeout }), { code: 'ERR_CANCELLED' })
    server.tick({ timeout })
    t.is(other.wait({ timeout }), 'done')
  }
})

test('B6: a script that waits for what cannot come ends with an error that says so', t => {
  const server = serverFor(t, { handlers })
  for (const source of ['await new Promise(() => {})', 'export default () => new Promise(() => {})']) {
    t.throws(() => server.createScript(source).wait({ timeout }), { code: 'ERR_SCRIPT_STUCK' })
  }
})

test('B6: a rejection that nobody handles is the error of its script', t => {
  const server = serverFor(t, { handlers })
  const script = server.createScript('Promise.reject(new RangeError("left alone")); await host.nextTick()')
  t.throws(() => script.wait({ timeout }), { instanceOf: RangeError, message: 'left alone' })
})

test('B4: nothing of the host is within reach', t => {
  const server = serverFor(t, { handlers })
  const probes = {
    'typeof process': 'undefined',
    'typeof require': 'undefined',
    'typeof setTimeout': 'undefined',
    'typeof WeakRef': 'undefined',
    'typeof FinalizationRegistry': 'undefined',
    'typeof host.then': 'undefined',
    'new Date(2020, 0, 1).getTimezoneOffset()': 0,
    'Date.now()': 0,
    'performance.now()': 0,
  }
  for (const [probe, expected] of Object.entries(probes)) {
    t.is(server.createScript(`export default () => ${probe}`).wait({ timeout }), expected, probe)
  }
  for (const attempt of [
    'eval("1")',
    'new Function("return 1")()',
    '(async () => {}).constructor("return 1")()',
    'host.add.constructor("return 1")()',
  ]) {
    t.throws(
      () => server.createScript(`export default () => ${attempt}`).wait({ timeout }),
      { instanceOf: TypeError },
      attempt,
    )
    if (!attempt.startsWith('host')) continue
    t.notThrows(() =>
      server.createScript(`export default () => typeof ${attempt}`, { allowEval: true }).wait({ timeout }),
    )
  }
  t.is(server.createScript('export default () => eval("6 * 7")', { allowEval: true }).wait({ timeout }), 42)
})
