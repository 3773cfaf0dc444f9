// What a script can reach, and what it can do to the program that runs it: nothing but calls of handlers, with copies.

import test from 'ava'
import { Server } from 'threaded-async'
import { passes } from '../support/program.mjs'
import { escapes } from './hostile/corpus.mjs'

const generous = { memoryLimit: 16 * 2 ** 20, stackLimit: 2 ** 16, turnBudget: 200_000_000, tickBudget: 400_000_000 }

/** Handlers that return what can cross. */
const plain = {
  walk: (...all) => all,
  look: (...all) => ({ seen: all.length, then: 1, nested: { list: [1, { a: 1 }] } }),
  list: () => [1, 2, { a: 1 }],
  buffer: () => new Uint8Array([1, 2, 3]),
  date: () => new Date(5),
  map: () => new Map([[1, { a: 1 }]]),
  none: () => null,
  fail: () => {
    throw Object.assign(new TypeError('no', { cause: new Error('why') }), { code: 'E_NO' })
  },
}

/** Plays a script to its end, and returns how it has ended. */
function play(source, { handlers = plain, ...options } = {}) {
  const server = new Server({ handlers, onOutput: () => {} })
  try {
    const script = server.createScript(source, { name: 'guest', ...generous, ...options })
    for (let ticks = 0; !script.done() && ticks < 300; ticks++) {
      while (served(server));
      server.tick()
    }
    while (served(server)); // What it has asked last may have come with its end.
    return outcomeOf(script)
  } finally {
    server.close()
  }
}

/** Handlers may throw; the script gets that error, and this thread as well. */
function served(server) {
  try {
    return server.processAll() > 0
  } catch {
    return true
  }
}

function outcomeOf(script) {
  try {
    return { value: script.wait() }
  } catch (error) {
    return { error, isCancelled: script.cancelled() }
  }
}

const prototypes = [Object, Array, Function, Map, Set, Error, TypeError, Promise, Uint8Array, Date, RegExp, Server]
const shape = () => prototypes.map(each => [each, each.prototype].map(object => Reflect.ownKeys(object).map(String)))

for (const allowEval of [false, true]) {
  const how = allowEval ? ', with allowEval' : ''
  for (const { name, source } of escapes()) {
    test(`B4: no way out: ${name}${how}`, t => {
      const before = shape()
      const { error, value } = play(source, { allowEval })
      t.is(error, undefined)
      t.is(value, undefined)
      t.deepEqual(shape(), before)
      t.is({}.polluted, undefined)
    })
  }
}

const inherited = Object.getOwnPropertyNames(Object.prototype)

test('B4: a script calls no method that handlers inherit from Object.prototype', t => {
  class Handlers {
    walk() {
      return 'walked'
    }
  }
  const source = `
    const ends = []
    for (const name of ${JSON.stringify(inherited)}) {
      ends.push([name, await host.execute(name, 'x', { value: 1 }).then(value => ['value', value], error => error.code)])
    }
    export default async () => ({ ends, walk: await host.walk() })`
  const expected = inherited.map(name => [name, 'ERR_METHOD_NOT_IMPLEMENTED'])
  for (const handlers of [{ walk: () => 'walked' }, new Handlers(), Object.create({ walk: () => 'walked' })]) {
    const { value, error } = play(source, { handlers })
    t.is(error, undefined)
    t.is(value.walk, 'walked')
    t.deepEqual(value.ends, expected)
  }
})

test('B4: keys of what a script sends are keys and no more', t => {
  const seen = []
  const handlers = { take: (...all) => void seen.push(...all) }
  const { error } = play(
    `const own = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}, "then": 1}')
     const error = Object.defineProperties(new TypeError('a'), Object.getOwnPropertyDescriptors(own))
     await host.take(own, [own], error, new Map([['__proto__', own]]))`,
    { handlers },
  )
  t.is(error, undefined)
  const [own, [again], failure, map] = seen
  t.is(Object.getPrototypeOf(own), Object.prototype)
  t.deepEqual(Object.keys(own), ['__proto__', 'constructor', 'then'])
  t.deepEqual(Object.getOwnPropertyDescriptor(own, '__proto__').value, { polluted: 1 })
  t.is(Object.getPrototypeOf(again), Object.prototype)
  t.true(failure instanceof TypeError)
  t.is(failure.polluted, undefined)
  t.is(Object.getPrototypeOf(map.get('__proto__')), Object.prototype)
})

test('what a handler returns that cannot cross is refused, and the script has nothing of it', t => {
  const secret = { password: 'x' }
  const handlers = {
    fn: () => () => secret,
    holder: () => ({ a: [{ get: () => secret }] }),
    proxy: () => new Proxy(secret, {}),
    later: async () => () => secret,
    url: () => new URL('http://localhost'),
    shared: () => new SharedArrayBuffer(8),
    server: () => new Server(),
  }
  for (const name of Object.keys(handlers).filter(key => key !== 'later' && key !== 'server')) {
    const { value, error } = play(
      `export default () => host.${name}().then(value => ['value', value], error => error.code)`,
      { handlers },
    )
    t.is(error, undefined, name)
    t.is(value, 'ERR_UNCLONEABLE', name)
  }
})

test('what a script returns is no promise, whatever it is called', async t => {
  const server = new Server({ handlers: plain })
  const script = server.createScript('export default () => ({ then: 1, catch: [2], done: true })', { name: 'guest' })
  t.deepEqual(await script.result(), { then: 1, catch: [2], done: true })
  await server.closeAsync()
})

for (const name of [
  'CancelledError',
  'ScriptBudgetError',
  'ScriptMemoryError',
  'RunnerDiedError',
  'InterruptedError',
]) {
  test(`a script that throws what looks like a ${name} has failed by its own error`, t => {
    const source = `
      class ${name} extends Error {}
      ${name}.prototype.name = '${name}'
      throw Object.assign(new ${name}('mine'), { name: '${name}', code: 'ERR_SCRIPT_BUDGET', taskId: 1, id: 1, number: 1 })`
    const { error, isCancelled } = play(source)
    t.is(error.message, 'mine')
    t.false(isCancelled)
  })
}

test('B4: an error that a script throws tells no path of this machine, and one that it is given neither', t => {
  const { error } = play('export default () => host.fail().catch(error => error.stack)')
  t.is(error, undefined)
  const { value } = play('export default () => host.fail().catch(error => error.stack + error.cause.stack)')
  t.notRegex(String(value), /file:|node:|[\\/]__test__[\\/]|[\\/]dist[\\/]/)
  t.notRegex(play('null.x').error.stack.split('\n    at ')[1], /engine\.c|wasm/)
})

test('a getter in an argument may call the host: each call has its own arguments', t => {
  const seen = []
  const handlers = {
    outer: (...all) => void seen.push(['outer', all]),
    inner: (...all) => void seen.push(['inner', all]),
  }
  const source = `
    const text = 'x'.repeat(100000)
    await host.outer({ get a() { host.inner('i', text, [1]); return 'a' }, b: 'b' }, text)
    await host.execute('outer', { get a() { host.execute('inner', { get b() { host.inner('deepest'); return 2 } }); return 1 } })`
  t.is(play(source, { handlers }).error, undefined)
  const text = 'x'.repeat(100_000)
  t.deepEqual(seen, [
    ['inner', ['i', text, [1]]],
    ['outer', [{ a: 'a', b: 'b' }, text]],
    ['inner', ['deepest']],
    ['inner', [{ b: 2 }]],
    ['outer', [{ a: 1 }]],
  ])
})

test('calls that are made while the result is written are calls as any, and change nothing of it', t => {
  const seen = []
  const handlers = { late: () => void seen.push('late') }
  const { value } = play('export default () => ({ get a() { host.late(); return 1 } })', { handlers })
  t.deepEqual(value, { a: 1 })
  const { error } = play(
    'throw Object.defineProperty(new Error("b"), "c", { get() { host.late() }, enumerable: true })',
    {
      handlers,
    },
  )
  t.is(error.message, 'b')
  t.deepEqual(seen, ['late', 'late'])
})

test('a script prints under its own name, line by line, and moves no cursor', async t => {
  const program = `
    import { Server } from 'threaded-async'
    const server = new Server({ handlers: {} })
    const text = 'one\\nother: two\\r\\x1b[1A\\x1b[2Kother: three\\t\\x9b1A'
    server.processUntil(server.createScript('console.log(' + JSON.stringify(text) + ')', { name: 'guest' }))
    server.close()
    console.log('pass')`
  t.deepEqual(await passes(t, ['--input-type=module', '-e', program]), [
    'guest: one',
    String.raw`guest: other: two\x0d\x1b[1A\x1b[2Kother: three` + '\t' + String.raw`\x9b1A`,
  ])
})
