// The clock that all scripts of a server share, and what one of them may do to it.
//
// Promises that what a script asks of time ends in a time that comes, or in an error for that script alone; and that others' ticks
// go on whatever it asks.

import ava from 'ava'
import { serverFor } from '../support/server-fixture.mjs'

// One at a time: what blocks here would be measured by, and delay, whatever ran beside it.
const test = ava.serial

const timeout = 30_000

/** A server with one script that asks for a time, and one that notes each tick. */
function played(t, source, steps) {
  const noted = []
  const server = serverFor(t, { handlers: { note: text => noted.push(text) } })
  const script = server.createScript(source, { name: 'odd' })
  server.createScript('for (;;) { await host.nextTick(); await host.note(host.now) }', { name: 'fine' })
  for (let i = 0; i < steps; i++) {
    server.processAll()
    server.advance()
  }
  server.processAll()
  return { server, script, noted }
}

const RANGE = 'RangeError ERR_OUT_OF_RANGE'
const TYPE = 'TypeError ERR_INVALID_ARG_TYPE'

for (const [time, refusal] of [
  ['2 ** 52 + 1', RANGE],
  ['2 ** 53', RANGE],
  ['1e300', RANGE],
  ['Number.MAX_VALUE', RANGE],
  ['Infinity', RANGE],
  ['-Infinity', RANGE],
  ['NaN', RANGE],
  ['"5"', TYPE],
  ['5n', TYPE],
  ['true', TYPE],
  ['null', TYPE],
  ['undefined', TYPE],
  ['{ valueOf: () => 5 }', TYPE],
  ['new Number(5)', TYPE],
  ['Symbol()', TYPE],
]) {
  test(`B11: host.delay(${time}) is refused to the script that asks, and the others tick on`, t => {
    const source = `
      try { await host.delay(${time}) }
      catch (error) { await host.note(error.name + ' ' + error.code + ' ' + (error instanceof Error)) }`
    const { server, noted } = played(t, source, 3)
    t.deepEqual(noted, [`${refusal} true`, 1, 2, 3])
    t.is(server.tick(), 4)
  })
}

for (const time of ['0', '-0', '-1', '-1e300', '5e-324']) {
  test(`B11: host.delay(${time}) is over before the first tick`, t => {
    const { noted } = played(t, `await host.delay(${time}); await host.note('over')`, 2)
    t.is(noted[0], 'over')
  })
}

test('B11: a refused wait that is not caught fails its script with the line that asks', t => {
  const { script } = played(t, 'await host.nextTick()\n  await host.delay(1e300)', 1)
  const error = t.throws(() => script.wait({ timeout }), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' })
  t.regex(error.message, /host\.delay is too large: the wait would end after 4503599627370496/)
  t.regex(error.stack, /script\.js:2:/)
})

test('B11: waits that follow one another do not use up the clock', t => {
  const { server, script, noted } = played(t, 'for (;;) await host.delay(2 ** 50)', 0)
  for (let i = 0; i < 20 && server.now < 2 ** 50; i++) server.advance({ until: 2 ** 50 })
  for (let i = 0; i < 3; i++) server.advance({ until: 2 ** 52 })
  t.is(server.now, 2 ** 52)
  t.throws(() => script.wait({ timeout }), { code: 'ERR_OUT_OF_RANGE' })
  noted.length = 0
  const ticks = [1, 2, 3].map(() => {
    server.processAll()
    return server.tick()
  })
  server.processAll()
  t.deepEqual(ticks, [2 ** 52 + 1, 2 ** 52 + 2, 2 ** 52 + 3])
  t.deepEqual(noted.slice(-3), ticks)
})

test('B11: one that waits for less than nothing over and over is ended within its tick', t => {
  const { server, script } = played(t, 'for (;;) await host.delay(5e-324)', 0)
  t.is(server.tick(), 1)
  t.throws(() => script.wait({ timeout }), { code: 'ERR_SCRIPT_BUDGET', message: /tickBudget/ })
})

test('B11: what is left of a saved wait is refused where the new clock has no room for it', t => {
  const source = 'await host.delay(2 ** 51)'
  const saved = serverFor(t, { handlers: {} }).createScript(source).save()
  const server = serverFor(t, { handlers: {} })
  server.advance({ until: 2 ** 52 })
  const script = server.createScript(source, { restore: saved })
  t.throws(() => script.wait({ timeout }), { code: 'ERR_OUT_OF_RANGE' })
  t.is(server.tick(), 2 ** 52 + 1)
})
