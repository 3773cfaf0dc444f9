// Durations, the options of doors, and TimeoutTimer.

import test from 'ava'
import vm from 'node:vm'
import { checkAwaitOptions, checkSignal, checkTimeout, checkWaitOptions, TimeoutTimer } from '../../dist/internals.js'

const notNumbers = [null, '1', 1n, {}, [], true, Symbol('s'), () => {}]

test('a duration is any number from 0 to Infinity, or left out', t => {
  for (const fine of [0, -0, 0.5, 1, 2 ** 53, Number.MAX_VALUE, Infinity, undefined]) t.is(checkTimeout(fine), fine)
  for (const bad of [NaN, -1, -Infinity, -Number.MIN_VALUE]) {
    t.throws(() => checkTimeout(bad), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' })
  }
  for (const bad of notNumbers)
    t.throws(() => checkTimeout(bad), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  t.regex(t.throws(() => checkTimeout(-1, 'exitTimeout')).message, /"exitTimeout"/)
})

for (const [name, check] of Object.entries({ checkWaitOptions, checkAwaitOptions })) {
  test(`${name} takes options with a timeout, or nothing`, t => {
    t.notThrows(() => check(undefined))
    t.notThrows(() => check({}))
    t.notThrows(() => check({ timeout: undefined, other: undefined }))
    t.throws(() => check({ timeout: 1, other: 1 }), { code: 'ERR_INVALID_ARG_VALUE', message: /'other'/ })
    t.notThrows(() => check({ timeout: Infinity }))
    for (const bad of [null, 5, 'x', () => {}]) t.throws(() => check(bad), { code: 'ERR_INVALID_ARG_TYPE' })
    t.throws(() => check({ timeout: '1' }), { code: 'ERR_INVALID_ARG_TYPE', message: /options\.timeout/ })
    t.throws(() => check({ timeout: NaN }), { code: 'ERR_OUT_OF_RANGE', message: /options\.timeout/ })
  })
}

test('the options come back as what the doors need', t => {
  const options = { timeout: 5, signal: new AbortController().signal }
  t.is(checkWaitOptions({ timeout: 5 }), 5)
  t.is(checkWaitOptions(options, ['timeout', 'signal']), 5)
  t.is(checkWaitOptions(undefined), undefined)
  t.deepEqual(checkAwaitOptions(options), options)
  t.deepEqual(checkAwaitOptions(undefined), {})
})

test('a signal is an AbortSignal, of any realm', t => {
  const { signal } = new AbortController()
  t.is(checkSignal(signal), signal)
  t.is(checkSignal(undefined), undefined)
  const foreign = vm.runInNewContext('({ aborted: false, addEventListener() {}, removeEventListener() {} })')
  t.is(checkSignal(foreign), foreign)
  for (const bad of [null, {}, new AbortController(), 'x', 1, () => {}]) {
    t.throws(() => checkSignal(bad), { code: 'ERR_INVALID_ARG_TYPE' })
    t.throws(() => checkAwaitOptions({ signal: bad }), { code: 'ERR_INVALID_ARG_TYPE', message: /options\.signal/ })
  }
})

test('a timer counts down from the start, and never below zero', async t => {
  const long = new TimeoutTimer(600_000)
  const first = long.remaining
  t.true(first > 0 && first <= 600_000)
  const timer = new TimeoutTimer(30)
  while (timer.remaining > 0) await new Promise(resolve => setImmediate(resolve))
  t.is(timer.remaining, 0)
  t.true(long.remaining <= first - 30)
  t.is(new TimeoutTimer(0).remaining, 0)
})

test('a timer without a limit has Infinity left', t => {
  t.is(new TimeoutTimer().remaining, Infinity)
  t.is(new TimeoutTimer(undefined).remaining, Infinity)
  t.is(new TimeoutTimer(Infinity).remaining, Infinity)
})

test('what is left can be passed on as a timeout', t => {
  t.notThrows(() => checkTimeout(new TimeoutTimer(5).remaining))
  t.notThrows(() => checkTimeout(new TimeoutTimer().remaining))
})

test('a timer refuses what is no duration', t => {
  t.throws(() => new TimeoutTimer(-1), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => new TimeoutTimer(NaN), { code: 'ERR_OUT_OF_RANGE' })
  for (const bad of notNumbers) t.throws(() => new TimeoutTimer(bad), { code: 'ERR_INVALID_ARG_TYPE' })
})
