// What is refused before there is a script.
//
// Promises an error with a code that names what is wrong, and that nothing has begun then.

import test from 'ava'
import { inspect } from 'node:util'
import { AsyncRunner, Queue, Server, UncloneableError } from 'threaded-async'
import { closedAfter } from '../support/runner-fixture.mjs'
import { serverFor } from '../support/server-fixture.mjs'

const TYPE = { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' }
const VALUE = { instanceOf: TypeError, code: 'ERR_INVALID_ARG_VALUE' }
const MISSING = { code: 'ERR_MODULE_NOT_FOUND' }
const RANGE = { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' }

const cases = [
  [{ name: 5 }, TYPE, 'options.name'],
  [{ globals: 5 }, TYPE, 'options.globals'],
  [{ globals: { 'a b': 1 } }, VALUE, "'a b'"],
  [{ globals: { host: 1 } }, VALUE, "'host'"],
  [{ globals: { console: 1 } }, VALUE, "'console'"],
  [{ globals: { await: 1 } }, VALUE, "'await'"],
  [{ globals: { __proto__: null, '1a': 1 } }, VALUE, "'1a'"],
  [{ globals: { f() {} } }, { code: 'ERR_UNCLONEABLE' }, 'options.globals.f'],
  [{ globals: [1] }, TYPE, 'by their names'],
  [{ modules: 'x' }, TYPE, 'options.modules'],
  [{ modules: ['a'] }, TYPE, 'by their names'],
  [{ modules: { './a': '', a: '' } }, VALUE, 'one name'],
  [{ modules: { './script.js': '' } }, VALUE, './script.js'],
  [{ modules: { a: 5 } }, TYPE, "options.modules['a']"],
  [{ modules: { 'script.js': '' } }, VALUE, 'script.js'],
  [{ modules: { '': '' } }, VALUE, 'options.modules'],
  [{ modules: { 'a\0b': '' } }, VALUE, 'options.modules'],
  [{ modules: { '\ud800': '' } }, VALUE, 'options.modules'],
  [{ memoryLimit: 2 ** 18 - 1 }, RANGE, 'options.memoryLimit'],
  [{ memoryLimit: 2 ** 31 }, RANGE, 'options.memoryLimit'],
  [{ memoryLimit: '8' }, TYPE, 'options.memoryLimit'],
  [{ memoryLimit: Infinity }, RANGE, 'options.memoryLimit'],
  [{ stackLimit: 100 }, RANGE, 'options.stackLimit'],
  [{ stackLimit: 2 ** 24 }, RANGE, 'options.stackLimit'],
  [{ turnBudget: 99_999 }, RANGE, 'options.turnBudget'],
  [{ turnBudget: 1e6 + 0.5 }, RANGE, 'options.turnBudget'],
  [{ turnBudget: 2 ** 60 }, RANGE, 'options.turnBudget'],
  [{ tickBudget: 0 }, RANGE, 'options.tickBudget'],
  [{ tickBudget: NaN }, RANGE, 'options.tickBudget'],
  [{ turnTime: 0 }, RANGE, 'options.turnTime'],
  [{ turnTime: -1 }, RANGE, 'options.turnTime'],
  [{ onOverrun: 'throw' }, VALUE, 'options.onOverrun'],
  [{ seed: 0.5 }, RANGE, 'options.seed'],
  [{ seed: -1 }, RANGE, 'options.seed'],
  [{ seed: 5n }, TYPE, 'options.seed'],
  [{ client: {} }, TYPE, 'options.client'],
  [{ allowEval: 1 }, TYPE, 'options.allowEval'],
  [{ signal: {} }, TYPE, 'options.signal'],
  [{ lifetime: -1 }, RANGE, 'options.lifetime'],
  [{ restore: 'x' }, TYPE, 'options.restore'],
  [{ restore: new Uint16Array(4) }, TYPE, 'options.restore'],
  [{ turnbudget: 5 }, VALUE, "did you mean 'turnBudget'"],
  [{ timeout: 5 }, VALUE, 'timeout'],
]

test('B8: names and values in a Map or a Set are refused, since none of them would be found', t => {
  const server = serverFor(t, { handlers: {} })
  for (const given of [new Map([['a', '1']]), new Set(['a'])]) {
    t.throws(() => server.createScript('', { globals: given }), { ...TYPE, message: /options\.globals/ })
    t.throws(() => server.createScript('', { modules: given }), { ...TYPE, message: /options\.modules/ })
    t.throws(() => new Server({ handlers: given }), { ...TYPE, message: /options\.handlers/ })
  }
  t.throws(() => new Server({ handlers: [] }), { ...TYPE, message: /options\.handlers/ })
})

test('B8: globals that have an object of this package in them are refused by their place', t => {
  const server = serverFor(t, { handlers: {} })
  const refusal = { instanceOf: UncloneableError, code: 'ERR_UNCLONEABLE', message: /options\.globals/ }
  t.is(
    t.throws(() => server.createScript('', { globals: { deep: [server] } }), refusal).path,
    'options.globals.deep[0]',
  )
})

test('a module is found under the name by which the main module imports it, ./ or not', t => {
  const server = serverFor(t, { handlers: {} })
  const modules = { './lib/a.js': 'export { b } from "./b.js"', 'lib/b.js': 'export const b = 7' }
  const script = server.createScript('import { b } from "./lib/a.js"; export default () => b', { modules })
  t.is(script.wait({ timeout: 30_000 }), 7)
})

test('B8: where an import is not found, the nearest module is named', t => {
  const server = serverFor(t, { handlers: {} })
  const modules = { 'lib/tools.js': '' }
  const refused = (source, message) => t.throws(() => server.createScript(source, { modules }), { ...MISSING, message })
  refused('import "tools"', /did you mean 'lib\/tools\.js'/)
  refused('import "node:fs"', /nothing else/)
})

for (const [options, refusal, named] of cases) {
  const shown = JSON.stringify(options, (_, value) =>
    typeof value === 'object' && value !== null ? value : String(value),
  )
  test(`B8: createScript refuses ${shown}`, t => {
    const server = serverFor(t, { handlers: {} })
    const error = t.throws(() => server.createScript('', options), refusal)
    t.true(error.message.includes(named), error.message)
    t.is(server.statistics().tasksRunning, 0)
  })
}

test('createScript refuses what is no source, and no options', t => {
  const server = serverFor(t, { handlers: {} })
  for (const source of [undefined, null, 5, () => 1, ['a']]) t.throws(() => server.createScript(source), TYPE)
  for (const options of [null, 5, 'x']) t.throws(() => server.createScript('', options), TYPE)
})

test('options of a server are refused by name', t => {
  for (const scriptThreads of [0, 65, 1.5, '2']) {
    t.throws(() => new Server({ scriptThreads }), { message: /options\.scriptThreads/ })
  }
  t.throws(() => new Server({ onOutput: 5 }), TYPE)
})

test('the client of another server is refused, and one that is limited', t => {
  const [server, other] = [1, 2].map(() => serverFor(t, { handlers: {} }))
  t.throws(() => server.createScript('', { client: other.createClient() }), {
    ...VALUE,
    message: /'options\.client'.*of this server/,
  })
  t.throws(() => server.createScript('', { client: server.createClient().with({ timeout: 5 }) }), TYPE)
  t.throws(() => server.createScript('', { client: new AsyncRunner() }), TYPE)
})

const odd = [
  null,
  NaN,
  -1,
  1.5,
  2 ** 60,
  5n,
  '\0',
  Symbol('odd'),
  () => 1,
  [1],
  new Map(),
  Object.create(null),
  new String('a'),
  true,
]
const accepted = { name: ['\0'], globals: odd.slice(-3), modules: odd.slice(-3), lifetime: [1.5, 2 ** 60] }
Object.assign(accepted, { turnTime: accepted.lifetime, allowEval: [true] })
const optionNames = (
  'name globals modules seed client memoryLimit stackLimit turnBudget tickBudget turnTime onOverrun allowEval signal lifetime ' +
  'restore'
).split(' ')

for (const name of optionNames) {
  test(`B8: a refusal of options.${name} has a code, names it, begins with the caller's line, and leaves nothing behind`, t => {
    const server = serverFor(t, { handlers: {} })
    for (const value of odd.filter(value => !accepted[name]?.includes(value))) {
      const error = t.throws(() => server.createScript('', { [name]: value }), undefined, inspect(value))
      t.true(['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_VALUE', 'ERR_OUT_OF_RANGE'].includes(error.code), error.stack)
      t.true(error.message.includes(`options.${name}`), error.message)
      t.regex(error.stack.split('\n')[1], /input\.spec\.mjs/)
    }
    assertUntouched(t, server)
  })
}

test('B8: what is refused only after it was compiled leaves no client and no script either', t => {
  const [server, other] = [1, 2].map(() => serverFor(t, { handlers: {} }))
  const saved = other.createScript('await host.nextTick()').save()
  const detached = new Uint8Array(8)
  structuredClone(detached.buffer, { transfer: [detached.buffer] })
  const globals = value => ({ globals: { deep: { value } } })
  for (const [source, options, code, words] of [
    ['', { client: other.createClient() }, 'ERR_INVALID_ARG_VALUE', 'options.client'],
    ['', { restore: detached }, 'ERR_INVALID_ARG_VALUE', 'options.restore'],
    ['', { restore: new Uint8Array(8) }, 'ERR_SCRIPT_RESTORE', 'options.restore'],
    ['', { restore: saved }, 'ERR_SCRIPT_RESTORE', 'other sources'],
    ['await host.nextTick()', { restore: saved, allowEval: true }, 'ERR_SCRIPT_RESTORE', 'allowEval'],
    ['await host.nextTick()', { restore: saved, memoryLimit: 2 ** 20 }, 'ERR_SCRIPT_RESTORE', 'memoryLimit'],
    ['await host.nextTick()', { restore: saved, stackLimit: 2 ** 16 }, 'ERR_SCRIPT_RESTORE', 'stackLimit'],
    ['await host.nextTick()', { restore: saved, modules: { a: '' } }, 'ERR_SCRIPT_RESTORE', 'other sources'],
    ['', globals(new Queue()), 'ERR_UNCLONEABLE', 'options.globals.deep.value'],
    ['', globals(server.createClient), 'ERR_UNCLONEABLE', 'options.globals.deep.value'],
    ['', globals(new SharedArrayBuffer(8)), 'ERR_UNCLONEABLE', 'options.globals.deep.value'],
    ['', globals(new Uint8Array(new SharedArrayBuffer(8))), 'ERR_UNCLONEABLE', 'options.globals.deep.value'],
    ['', globals(Promise.resolve()), 'ERR_UNCLONEABLE', 'await it first'],
    ['(', {}, 'ERR_SCRIPT_SYNTAX', 'script.js'],
    ['import { x } from "a"', { modules: { a: '' } }, 'ERR_SCRIPT_SYNTAX', "'x'"],
    ['import "b"', { modules: { a: '' } }, 'ERR_MODULE_NOT_FOUND', "'b'"],
  ]) {
    const error = t.throws(() => server.createScript(source, options), { code })
    t.true(error.message.includes(words), error.message)
    t.regex(error.stack.split('\n')[1], /input\.spec\.mjs/)
  }
  assertUntouched(t, server)
})

test('what a getter among the options throws comes out as it is, and leaves nothing behind', t => {
  const server = serverFor(t, { handlers: {} })
  const mine = new Error('of the getter')
  const failing = {
    get one() {
      throw mine
    },
  }
  for (const name of optionNames) {
    const options = Object.defineProperty({}, name, { get: () => failing.one, enumerable: true })
    t.is(
      t.throws(() => server.createScript('', options)),
      mine,
    )
  }
  for (const options of [{ globals: failing }, { globals: { failing } }, { modules: failing }]) {
    t.is(
      t.throws(() => server.createScript('', options)),
      mine,
    )
  }
  assertUntouched(t, server)
})

/** There is no script, and the next client is the first. */
function assertUntouched(t, server) {
  const { tasksQueued, tasksRunning } = server.statistics()
  t.deepEqual([tasksQueued, tasksRunning, server.pending, server.createClient().id], [0, 0, 0, 1])
}

test('B8: a name that a module does not export is told at the call, with module, name, line and column', t => {
  const server = serverFor(t, { handlers: {} })
  const modules = {
    'lib/mod.js': 'export const here = 1',
    deep: 'import { gone } from "lib/mod.js"\nexport const fine = 1',
  }
  const refused = (source, given = modules) =>
    t.throws(() => server.createScript(source, { modules: given }), {
      instanceOf: SyntaxError,
      code: 'ERR_SCRIPT_SYNTAX',
    })
  const placeOf = ({ fileName, line, column }) => [fileName, line, column]
  const own = { 'lib/mod.js': modules['lib/mod.js'] }
  const error = refused('const a = 1\nimport { here, nothing } from "./lib/mod.js"', own)
  t.is(error.message, "Module 'lib/mod.js' has no export 'nothing' (script.js:2:16)")
  t.deepEqual(placeOf(error), ['script.js', 2, 16])
  t.regex(error.stack.split('\n')[1], /input\.spec\.mjs/)
  t.deepEqual(placeOf(refused('import whole from "lib/mod.js"', own)), ['script.js', 1, 8])
  t.deepEqual(placeOf(refused('')), ['deep', 1, 10])
  t.is(
    server.createScript('import * as all from "lib/mod.js"; export default () => all.nothing', { modules: own }).wait(),
    undefined,
  )
})

const broken = [
  ['let x = 1\nlet y = (', 'script.js', 2],
  ['import {', 'script.js', 1],
  ['\n\n  return 5', 'script.js', 3],
  ['await await', 'script.js', 1],
  ['let a; let a', 'script.js', 1],
  ['"unterminated', 'script.js', 1],
]

for (const [source, fileName, line] of broken) {
  test(`B8: a syntax error throws at the call, with its place: ${JSON.stringify(source)}`, t => {
    const server = serverFor(t, { handlers: {} })
    const error = t.throws(() => server.createScript(source), { instanceOf: SyntaxError, code: 'ERR_SCRIPT_SYNTAX' })
    t.is(error.fileName, fileName)
    t.is(error.line, line)
    t.true(Number.isInteger(error.column))
    t.true(error.message.endsWith(`(${fileName}:${line}:${error.column})`), error.message)
    t.is(server.statistics().tasksRunning, 0)
  })
}

test('a syntax error in a module names the module', t => {
  const server = serverFor(t, { handlers: {} })
  const modules = { 'lib/a.js': 'export const a = 1\n%' }
  const error = t.throws(() => server.createScript('import "lib/a.js"', { modules }), { instanceOf: SyntaxError })
  t.is(error.fileName, 'lib/a.js')
  t.is(error.line, 2)
})

test('B8: an import that is not there is named, with who imports it', t => {
  const server = serverFor(t, { handlers: {} })
  const missing = { code: 'ERR_MODULE_NOT_FOUND' }
  const one = t.throws(() => server.createScript('import "nowhere"'), missing)
  t.regex(one.message, /'nowhere'.*'script\.js'/)
  const modules = { 'lib/a.js': 'import "./b.js"' }
  const two = t.throws(() => server.createScript('import "lib/a.js"', { modules }), missing)
  t.regex(two.message, /'lib\/b\.js'.*'lib\/a\.js'/)
})

test('each option is read once', t => {
  const server = serverFor(t, { handlers: {} })
  const reads = {}
  const options = {}
  for (const [name, value] of Object.entries({
    name: 'a',
    turnBudget: 1e6,
    memoryLimit: 2 ** 20,
    seed: 1,
    onOverrun: 'end',
    allowEval: true,
  })) {
    Object.defineProperty(options, name, {
      enumerable: true,
      get: () => {
        reads[name] = (reads[name] ?? 0) + 1
        return value
      },
    })
  }
  server.createScript('export default () => 1', options).wait({ timeout: 30_000 })
  for (const [name, count] of Object.entries(reads)) t.true(count <= 2, `${name}: ${count}`)
})

test('a server of another thread makes scripts there, with the same refusals', t => {
  const server = serverFor(t, { handlers: {} })
  const runner = closedAfter(t, new AsyncRunner())
  const codes = runner.run(
    server => {
      const codes = []
      for (const attempt of [
        () => server.createScript(5),
        () => server.createScript('('),
        () => server.createScript('', { seed: -1 }),
      ]) {
        try {
          attempt()
        } catch (error) {
          codes.push(error.code)
        }
      }
      return codes
    },
    [server],
  )
  t.deepEqual(codes, ['ERR_INVALID_ARG_TYPE', 'ERR_SCRIPT_SYNTAX', 'ERR_OUT_OF_RANGE'])
})
