// What a script is told costs it the same steps every time.
//
// Promises that neither what a server has sent before nor a restore changes at which step a script is, and that the steps of a
// tick are those of that tick.

import test from 'ava'
import { Server } from 'threaded-async'

const rows = (count, names = ['id', 'x', 'y']) =>
  Array.from({ length: count }, (_, i) => Object.fromEntries(names.map(name => [name, i])))

function serverOf(t, handlers) {
  const server = new Server({ handlers })
  t.teardown(() => server.close())
  return server
}

test('B2: an answer costs the same steps whatever was sent before it', t => {
  const server = serverOf(t, { ask: () => rows(100), other: kind => rows(40, [`a${kind}`, 'b', 'c']) })
  const steps = []
  for (let i = 0; i < 4; i++) {
    const script = server.createScript('await host.ask()')
    server.processAll()
    steps.push(script.usage().steps)
    const others = server.createScript('for (let i = 0; i < 40; i++) await host.other(i)', { tickBudget: 1e9 })
    server.processAll()
    t.true(others.done())
  }
  t.deepEqual(new Set(steps).size, 1, steps.join())
})

test('B2: the globals of a script cost the same steps whatever was sent before them', t => {
  const server = serverOf(t, {})
  const steps = Array.from({ length: 3 }, () => {
    const script = server.createScript('', { globals: { all: rows(60, ['only', 'here']) } })
    server.processAll()
    return script.usage().steps
  })
  t.is(new Set(steps).size, 1, steps.join())
})

test('B2, B5: a restored script is at the same step as the one that goes on', t => {
  const source = 'const all = []; for (;;) { all.push(await host.ask()); await host.nextTick() }'
  const handlers = { ask: () => rows(20) }
  const step = server => {
    server.tick()
    server.processAll()
  }
  const [one, other] = [serverOf(t, handlers), serverOf(t, handlers)]
  const script = one.createScript(source)
  for (let i = 0; i < 5; i++) step(one)
  const restored = other.createScript(source, { restore: script.save() })
  for (let i = 0; i < 5; i++) {
    step(one)
    step(other)
    t.deepEqual(restored.usage(), script.usage())
  }
})

test('the steps of this tick are none where a restored script has not run in it, and all where it has', t => {
  const source = 'await host.delay(10)'
  const [one, other, third] = [serverOf(t, {}), serverOf(t, {}), serverOf(t, {})]
  const script = one.createScript(source)
  const early = script.save()
  const restored = other.createScript(source, { restore: early })
  other.settle()
  t.true(script.usage().stepsThisTick > 0)
  t.deepEqual(restored.usage(), script.usage())
  one.tick()
  for (const restore of [early, script.save()]) {
    third.advance({ until: one.now })
    const later = third.createScript(source, { restore })
    third.settle()
    t.deepEqual(later.usage(), script.usage())
    t.is(later.usage().stepsThisTick, 0)
  }
})

test('the steps of this tick are none where a script has not run in it', t => {
  const server = serverOf(t, { ask: () => new Promise(() => {}) })
  const script = server.createScript('await host.delay(2)\nawait host.delay(2)')
  const steps = []
  for (let i = 0; i < 4; i++) {
    server.tick()
    steps.push(script.usage().stepsThisTick > 0)
  }
  t.deepEqual(steps, [false, true, false, true])
})
