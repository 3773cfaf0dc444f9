// The errors of a script: as values, both ways, and as what it throws.

import test from 'ava'
import { CancelledError, ExceptionGroup, registerError, Server } from 'threaded-async'
import { Script } from './packets.mjs'

test('the error of a getter passes through', t => {
  const script = new Script('() => ({ get a() { throw Object.assign(new Error("boo"), { code: "E_BOO" }) } })')
  t.throws(() => script.back(0), { message: 'boo', code: 'E_BOO' })
})

test('an error of a script has its own lines, behind its name and message', t => {
  const error = new Script('function walk() { return new RangeError("too far", { cause: new TypeError() }) }').back(0)
  t.true(error instanceof RangeError)
  t.regex(error.stack, /^RangeError: too far\n {4}at walk \(script\.js:2:\d+\)\n/)
  t.regex(error.cause.stack, /^TypeError\n {4}at walk \(script\.js:2:\d+\)/)
})

test('a stack that a script has set arrives as it is', t => {
  const script = new Script('long => Object.assign(new Error("x"), { stack: "Mine" + ".".repeat(long) + "!" })')
  for (const long of [0, 1, 20_000]) t.is(script.back(long).stack, `Mine${'.'.repeat(long)}!`)
})

test('an error of the host tells a script nothing of the host’s files, and arrives back as what it was', t => {
  class NoPathError extends RangeError {}
  registerError(NoPathError)
  const script = new Script(
    'error => { const before = error.stack; try { throw error } catch { return { before, error } } }',
  )
  for (const error of [
    new NoPathError('no way'),
    new CancelledError('enough'),
    new DOMException('gone', 'AbortError'),
  ]) {
    const { before, error: back } = script.back(error)
    t.is(before, undefined)
    t.is(Object.getPrototypeOf(back), Object.getPrototypeOf(error))
    t.is(back.message, error.message)
    t.is(back.name, error.name)
    t.regex(back.stack, /^\w+: [\w ]+\n {4}at made \(script\.js:2:\d+\)/)
  }
})

test('a message that is no text comes back as it is', t => {
  const { message } = new Script().back(Object.assign(new Error('x'), { message: { not: 'text' } }))
  t.deepEqual(message, { not: 'text' })
})

test('a script cannot see or take on the class under which the host knows an error', t => {
  const script = new Script(
    'error => [Reflect.ownKeys(error).length, Object.getOwnPropertySymbols(error), Object.assign(new Error("x"), error)]',
  )
  const [count, symbols, copy] = script.back(new CancelledError('enough'))
  t.deepEqual([count, symbols], [3, []])
  t.is(Object.getPrototypeOf(copy), Error.prototype)
})

const thrown = {
  'a value that is no error': ['throw { reason: "none" }', { reason: 'none' }],
  'an error, without the fields that cannot cross': ['throw Object.assign(new RangeError("no"), { retry() {}, attempt: 2 })', ['RangeError', 'no', { attempt: 2 }]], // prettier-ignore
  'an error, without a field that cannot be read': ['throw Object.defineProperty(new Error("no"), "a", { enumerable: true, get() { throw 1 } })', ['Error', 'no', {}]], // prettier-ignore
  'a function': ['throw function walk() {}', ['Error', '[Function: walk]', {}]],
  'an object that cannot cross': ['throw { a: 1, f() {} }', ['Error', '{ a: 1, f: [Function: f] }', {}]],
  'a proxy, none of whose traps is called': ['throw new Proxy({ a: 1 }, { get() { for (;;); }, ownKeys() { for (;;); } })', ['Error', '{ a: 1 }', {}]], // prettier-ignore
  'errors that hold each other too deeply': ['let e = new Error("inner"); for (let i = 0; i < 3000; i++) e = new Error("outer", { cause: e }); throw e', ['Error', 'outer', {}]], // prettier-ignore
}

for (const [title, [source, expected]] of Object.entries(thrown)) {
  test(`what a script throws always arrives: ${title}`, t => {
    const { end } = new Script('', source)
    if (!(end instanceof Error)) return t.deepEqual(end, expected)
    t.deepEqual([end.name, end.message, { ...end }], expected)
    t.true(end.stack.startsWith(`${end.name}: ${end.message}`))
  })
}

test('of several errors that a script throws, each arrives, or something that stands for it', t => {
  const { end } = new Script(
    '',
    'throw new AggregateError([() => 1, new TypeError("two"), { a: Symbol("s") }, 4], "several")',
  )
  t.true(end instanceof AggregateError)
  t.deepEqual(
    end.errors.map(each => each.message ?? each),
    ['[Function (anonymous)]', 'two', '{ a: Symbol(s) }', 4],
  )
})

test('structuredClone in a script refuses what cannot leave it, and keeps the stacks of errors', t => {
  const { end } = new Script(
    '',
    `const error = new RangeError('no', { cause: { m: new Map([[1, [2]]]) } })
    const copy = structuredClone(error)
    const seen = []
    try { structuredClone([{ f() {} }]) } catch (refusal) { seen.push(refusal.message, refusal.code) }
    export default () => [copy instanceof RangeError, copy !== error, copy.stack === error.stack, copy.cause, seen]`,
  )
  const refusal = ['value[0].f cannot be cloned: it is the function f.', 'ERR_UNCLONEABLE']
  t.deepEqual(end, [true, true, true, { m: new Map([[1, [2]]]) }, refusal])
})

const noText = '({ toString: 1, valueOf: 1, then: 1 })'
const odd = {
  'a name that is no text': `Object.assign(new Error('x'), { name: ${noText} })`,
  'a message that is no text': `Object.assign(new Error('x'), { message: ${noText} })`,
  'a stack that is no text': `Object.defineProperty(new Error('x'), 'stack', { value: ${noText} })`,
  'a code that is no text': `Object.assign(new Error('x'), { code: ${noText} })`,
  'a cause and errors that are none': `Object.assign(new Error('x'), { cause: ${noText}, errors: ${noText} })`,
  'neither name nor message': `Object.assign(new Error('x'), { name: undefined, message: null })`,
  'a constructor that is none': `Object.assign(new Error('x'), { constructor: ${noText} })`,
  'itself as all of its errors':
    '(() => { const e = new AggregateError([], "x"); e.errors = Array(300).fill(e); return e })()',
  'errors that share their errors':
    '(() => { let e = new Error("x"); for (let i = 0; i < 9; i++) e = new AggregateError(Array(50).fill(e)); return e })()',
}

for (const [what, thrown] of Object.entries(odd)) {
  test(`B4: an error with ${what} fails its script, and harms none of those who are told of it`, async t => {
    const source = `throw ${thrown}`
    const server = new Server()
    const [waited, awaited] = [server.createScript(source), server.createScript(source)]
    t.throws(() => waited.wait({ timeout: 30_000 }), { any: true })
    await t.throwsAsync(awaited.result({ timeout: 30_000 }), { any: true })
    server.createScript(source)
    server.settle({ timeout: 30_000 })
    const group = t.throws(() => server.close(), { instanceOf: ExceptionGroup })
    t.is(group.exceptions.length, 1)
    t.is(typeof group.tracebacks[0], 'string')
    const told = []
    const other = new Server({ onTaskError: failure => told.push(failure) })
    other.createScript(source)
    other.settle({ timeout: 30_000 })
    other.close()
    t.is(told.length, 1)
  })
}
