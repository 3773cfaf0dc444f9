// The module that runs scripts, driven by this Node's WebAssembly: what a script may do, and what the host is told.

import test from 'ava'
import { execFileSync } from 'node:child_process'
import { compile, Engine, module, OverMemory, run } from '../support/engine.mjs'

const returned = (source, options) => {
  const engine = run(`export default async () => { ${source} }`, options)
  if (engine.state !== 'done') throw engine.value ?? new Error('The script waits.')
  return engine.value
}

test('the module asks for nothing but five functions of the host, and nothing of a system', t => {
  const imports = WebAssembly.Module.imports(module).map(({ module: from, name }) => `${from}.${name}`)
  t.deepEqual(imports.sort(), ['host.call', 'host.now', 'host.output', 'host.over_memory', 'host.wait'])
  const names = WebAssembly.Module.exports(module).map(({ name }) => name)
  t.false(names.includes('engine_prepare'), 'what makes the image can not be called again')
})

test('a script is its top level, then its default export, and its result is what that returns', t => {
  const engine = run(
    `let at = await host.walk('north', { far: [1, 2] }); export default async client => [at, client === host, id]`,
    {
      globals: { id: 7 },
    },
  )
  t.deepEqual([engine.state, engine.calls], ['waiting', [[1, 'walk', 'north', { far: [1, 2] }]]])
  t.is(engine.deliver(1, new Map([[1, 2n]])), 'done')
  t.deepEqual(engine.value, [new Map([[1, 2n]]), true, 7])
  t.deepEqual(run('export let a = 1').value, undefined)
})

test('waits are told as what they are, and an answer may be an error', t => {
  const engine = run(
    'export default async () => { await host.nextTick(); await host.delay(2.5); await host.execute("a b", 1) }',
  )
  engine.deliver(1)
  engine.deliver(2)
  t.deepEqual([engine.waits, engine.calls], [[[1, -1], [2, 2.5]], [[3, 'a b', 1]]]) // prettier-ignore
  t.is(engine.deliver(3, Object.assign(new RangeError('too far'), { code: 'E_FAR' }), true), 'failed')
  t.is(engine.value.constructor, RangeError)
  t.deepEqual([engine.value.message, engine.value.code], ['too far', 'E_FAR'])
})

test('JSON.parse reads numbers as they are read everywhere', t => {
  const texts = [
    '-0',
    '-0.0',
    '0e999999999999',
    '1e-999999999999',
    '1e309',
    '5e-324',
    '2.4703282292062327e-324',
    '1E+5',
  ]
    .concat(
      '2.4703282292062328e-324',
      '2.2250738585072011e-308',
      '1.7976931348623157e308',
      '9007199254740993',
      '8.5e22',
    )
    .concat('123456789012345678901', '100000000000000000000000000000000', '0.1', '-1.5e-7', '9007199254740992.99999')
    .concat(Array.from({ length: 1000 }, (_, i) => String((i / 7) * 10 ** ((i % 600) - 300))))
  const values = returned(`return (${JSON.stringify(texts)}).map(text => [JSON.parse(text), Number(text)])`)
  t.deepEqual(
    values,
    texts.map(text => [JSON.parse(text), Number(text)]),
  )
})

test('answers settle what they are for, in any order, with many calls out', t => {
  const engine = run('export default () => Promise.all(Array.from({ length: 1000 }, (_, i) => host.double(i)))')
  const order = engine.calls.map(([id, , i]) => [id, i]).sort(([a], [b]) => ((a * 7919) % 1009) - ((b * 7919) % 1009))
  for (const [id, i] of order) engine.deliver(id, i * 2)
  t.deepEqual(
    engine.value,
    Array.from({ length: 1000 }, (_, i) => i * 2),
  )
  t.is(engine.deliver(5000, 1), 'done', 'an answer to nothing changes nothing')
})

test('host has a method of every name but those of every object, `then` and `toJSON`', t => {
  const value = returned(`
    const { walk } = host
    void walk(1).catch(() => {})
    return [walk === host.walk, walk.name, host.then, host.toJSON, String(host), JSON.stringify(host), await host === host]`)
  t.deepEqual(value, [true, 'walk', undefined, undefined, '[object Object]', '{}', true])
  t.deepEqual(returned('return [host.id, host.now]', { id: 33, now: 12.75 }), [33, 12.75])
})

test('what cannot cross rejects the call before the host is told', t => {
  const engine = run('export default () => host.take(() => {})')
  t.deepEqual([engine.state, engine.calls], ['failed', []])
  t.is(engine.value.code, 'ERR_UNCLONEABLE')
  for (const time of ['"x"', 'NaN', '{}', '']) {
    t.regex(
      returned(`try { await host.delay(${time}) } catch (error) { return error.code }`),
      /^ERR_(INVALID_ARG_TYPE|OUT_OF_RANGE)$/,
    )
  }
})

test('a call that a getter makes while another is written leaves both whole', t => {
  const { calls } = run(`
    const given = { get inner() { host.inner({ text: 'x'.repeat(9000) }).catch(() => {}); return 2 }, last: 3 }
    export default () => host.outer(given, given)`)
  t.deepEqual(calls, [
    [1, 'inner', { text: 'x'.repeat(9000) }],
    [2, 'outer', { inner: 2, last: 3 }, { inner: 2, last: 3 }],
  ])
  const thrown = run(`
    Error.prepareStackTrace = () => { host.prepared(1).catch(() => {}); return '' }
    export default () => host.outer({ f() {} }).catch(error => error.code)`)
  t.deepEqual(thrown.calls, [[1, 'prepared', 1]])
})

test('a syntax error has its module, line and column', t => {
  const error = source => new Engine().compile('lib/a.js', source).error
  t.like(error('let a = 1\n\n  let = 3'), { name: 'SyntaxError', line: 3 })
  t.like(error('const a = ;'), { name: 'SyntaxError', line: 1, column: 11 })
  t.like(error('a = "é" + "😀" +;'), { line: 1 })
  t.like(error('return 1'), { name: 'SyntaxError' })
})

test('an error has the lines of the script, in modules as well', t => {
  const modules = { 'lib/deep.js': 'export function deep() {\n  null.x\n}' }
  const { value, state } = run(`import { deep } from './lib/deep.js'\nexport default () =>\n  deep()`, { modules })
  t.is(state, 'failed')
  t.is(value.constructor, TypeError)
  t.regex(value.stack, /deep \(lib\/deep\.js:2:\d+\)\n.*default \(script\.js:3:\d+\)/)
})

test('modules find each other: relative names against their own, others as they are', t => {
  const modules = {
    'lib/a.js':
      "import { b } from './b.js'; import { c } from '../c.js'; import { d } from 'd'; export const all = [b, c, d]",
    'lib/b.js': "import { c } from './../lib/.././c.js'; export const b = `b${c}`",
    'c.js': "export let c = 'c'; import './script.js'",
    d: 'export const d = await Promise.resolve("d")',
  }
  const { value } = run("import { all } from './lib/a.js'; export default () => all", { modules })
  t.deepEqual(value, ['bc', 'c', 'd'])
  const { imports } = new Engine().compile(
    'lib/x/a.js',
    "import '../y.js'; import 'z'; export * from './w.js'; await import('v')",
  )
  t.deepEqual(imports, ['lib/y.js', 'z', 'lib/x/w.js'])
})

test('a module that is not there is named: at the start, or to the code that imports it', t => {
  const { state, value } = run("import 'no/where.js'")
  t.is(state, 'failed')
  t.deepEqual([value.code, /'no\/where\.js'/.test(value.message)], ['ERR_MODULE_NOT_FOUND', true])
  const again = `
    const tries = []
    for (const name of ['broken', './b.js', 'broken', './b.js', 'nope']) {
      tries.push(await import(name).then(({ b }) => b, error => error.message.includes(name === 'nope' ? 'nope' : 'gone')))
    }
    return tries`
  const modules = { broken: "import 'gone'", 'b.js': 'export const b = 3' }
  t.deepEqual(returned(again, { modules }), [true, 3, true, 3, true])
  t.deepEqual(
    returned(`return (await import('m')).keys`, { modules: { m: 'export const keys = Object.keys(import.meta)' } }),
    [],
  )
})

test('texts are no programs, unless that is allowed', t => {
  const ways = [
    'eval("1 + 1")',
    '(0, eval)("2")',
    'new Function("return 2")()',
    'host.constructor.constructor("return 2")()',
  ]
  for (const way of [
    ...ways,
    '(async () => {}).constructor("return 2")()',
    '(function* () {}).constructor("yield 2")().next().value',
  ]) {
    t.regex(returned(`try { return ${way} } catch (error) { return error.message }`), /eval is not supported/)
    t.is(returned(`return ${way}`, { allowEval: true }), 2)
  }
})

test('what shows the collector, the threads or the time of the machine is not there', t => {
  const names = [
    'WeakRef',
    'FinalizationRegistry',
    'SharedArrayBuffer',
    'Atomics',
    'setTimeout',
    'process',
    'require',
    'fetch',
  ]
  t.deepEqual(
    returned(`return ${JSON.stringify(names)}.map(name => typeof globalThis[name])`),
    names.map(() => 'undefined'),
  )
  t.deepEqual(
    returned(
      'return [Date.now(), new Date().toISOString(), new Date(2020, 6, 1).getTimezoneOffset(), performance.now()]',
      {
        now: 1234.75,
      },
    ),
    [1234, '1970-01-01T00:00:01.234Z', 0, 1234.75],
  )
})

test('import attributes are refused, and a function shows no source', t => {
  t.regex(new Engine().compile('script.js', "import x from 'x' with { type: 'json' }").error.message, /attributes/)
  const modules = { x: 'export default 1' }
  t.regex(
    returned("return import('x', { with: { type: 'json' } }).catch(error => error.message)", { modules }),
    /attributes/,
  )
  t.regex(returned('return String(function secret(a) { return a })'), /^function secret\(\) \{\s+\[native code\]\s+\}$/)
})

test('random numbers are those of the seed', t => {
  const three = seed => returned('return [Math.random(), Math.random(), Math.random()]', { seed })
  t.deepEqual(three(42n), three(42n))
  t.notDeepEqual(three(42n), three(43n))
  t.notDeepEqual(three(1n), three(1n + (1n << 32n)))
  t.true(three(0n).every(number => number > 0 && number < 1))
})

test('console tells its lines, shown without a call into the script', t => {
  const { output } = run(`
    console.log('a', 1, -0, 2n, null, undefined, Symbol('s'), ['x', , 'y'], { a: { b: { c: { d: 1 } } }, 'e-f': "it's" })
    console.info(new Map([[1, new Set(['a'])]]), new Date(0), /x\\/y/gi, new Uint8Array(2), [function f() {}, class A {}])
    console.debug({ get a() { throw 1 }, set a(b) {}, get c() { throw 1 } }, new Proxy({ p: 1 }, { get() { throw 1 } }))
    const self = { name: 'self' }; self.self = self; console.warn(self, Promise.resolve(1), Object.create(null))
    Error.prototype.toString = null
    console.error(Object.assign(new TypeError('bad', { cause: 'why' }), { code: 'E' }))
    console.log()
    console.log(Array.from({ length: 120 }, (_, i) => i))`)
  const lines = output.map(([level, text]) => `${level} ${text}`)
  t.is(
    lines[0],
    "0 a 1 -0 2n null undefined Symbol(s) [ 'x', <1 empty item>, 'y' ] { a: { b: { c: [Object] } }, 'e-f': 'it\\'s' }",
  )
  t.is(
    lines[1],
    "0 Map(1) { 1 => Set(1) { 'a' } } 1970-01-01T00:00:00.000Z /x\\/y/gi Uint8Array(2) [ 0, 0 ] [ [Function: f], [Function: A] ]",
  )
  t.is(lines[2], '0 { a: [Getter/Setter], c: [Getter] } { p: 1 }')
  t.is(lines[3], "1 { name: 'self', self: [Circular] } Promise { 1 } [Object: null prototype] {}")
  t.regex(lines[4], /^1 TypeError: bad\n {4}at .*script\.js:7:\d+\) \{ \[cause\]: 'why', code: 'E' \}$/)
  t.is(lines[5], '0 ')
  t.regex(lines[6], /^0 \[\n {2}0, 1, .*\n {2}\.\.\. 20 more items\n\]$/s)
})

test('a script that has replaced the built-ins harms only itself', t => {
  const value = returned(
    `
    Promise.prototype.then = Promise.prototype.constructor = Promise.resolve = null
    Array.prototype.push = null
    Error.prepareStackTrace = () => { throw 1 }
    for (const name of ['JSON', 'Promise', 'Error', 'Map', 'Array', 'Object', 'structuredClone']) globalThis[name] = null
    return [1, [1, { a: 2 }]]`,
  )
  t.deepEqual(value, [1, [1, { a: 2 }]])
  const engine = run(
    `Object.prototype.then = function (resolve) { resolve('stolen') }; export default () => host.ask()`,
  )
  t.is(engine.deliver(1, 5), 'done')
  t.is(engine.value, 5)
})

test('the promise of the default export is taken as it is', t => {
  const { value } = run(
    'Promise.prototype.then = Promise.prototype.constructor = null; export default async () => await 3',
  )
  t.is(value, 3)
  t.is(run('export default () => ({ then(resolve) { resolve(4) } })').value, 4)
})

test('an error that is thrown at the host tells what it can, whatever it is', t => {
  const thrown = source => {
    const { state, value } = run(source)
    t.is(state, 'failed')
    return value
  }
  t.is(thrown('throw undefined'), undefined)
  t.is(thrown('throw { a: 1, f() {} }').message === undefined, false)
  t.true(thrown('throw new Proxy({}, { ownKeys() { throw 1 } })') instanceof Error)
  t.is(
    thrown("Object.defineProperty(Error.prototype, 'message', { get() { throw 1 } }); throw new Error('x')").message,
    'x',
  )
  t.is(thrown('export default () => () => {}').code, 'ERR_UNCLONEABLE')
})

test('a rejection that nobody handles ends the script; one that is handled within the turn does not', t => {
  const { state, value } = run("Promise.reject(new Error('lost')); export default () => 1")
  t.deepEqual([state, value.message], ['failed', 'lost'])
  t.is(run('const p = Promise.reject(1); queueMicrotask(() => p.catch(() => {})); export default () => 2').value, 2)
  t.is(run("queueMicrotask(() => { throw new Error('job') })").value.message, 'job')
  const later = run('const p = (async () => { await host.a(); throw new Error("later") })(); await host.b()')
  t.is(later.deliver(1), 'failed')
  t.is(later.value.message, 'later')
})

test('a script that waits for what cannot come ends with an error that says so', t => {
  const { state, value } = run('await new Promise(() => {})')
  t.deepEqual([state, value.code], ['failed', 'ERR_SCRIPT_STUCK'])
  const later = run('export default async () => { await host.a(); await new Promise(() => {}) }')
  t.is(later.deliver(1), 'failed')
  t.is(later.value.code, 'ERR_SCRIPT_STUCK')
})

test('deep recursion is a RangeError, wherever it is', t => {
  const deep = [
    'const f = () => f() + 1; f()',
    "JSON.parse('['.repeat(1e5))",
    'let o = {}; for (let i = 0; i < 2e4; i++) o = { o }; JSON.stringify(o)',
    'let f = x => x; for (let i = 0; i < 1200; i++) f = f.bind(null); f(1)',
    'let p = {}; for (let i = 0; i < 2e4; i++) p = new Proxy(p, {}); p.x',
    "const a = []; a[0] = a; a.toString = () => [a] + ''; `${a}`",
    'const o = { get x() { return this.x } }; o.x',
    'class A { static [Symbol.hasInstance](x) { return x instanceof A } } ({}) instanceof A',
    "'x'.replace(/x/, function f(x) { return x.replace(/x/, f) })",
    '[3, 2, 1].sort(function f() { return [3, 2, 1].sort(f) })',
  ]
  for (const source of deep) {
    const value = returned(`try { ${source} } catch (error) { return [error.name, error.message] }`, {
      stack: 64 << 10,
    })
    t.deepEqual(value, ['RangeError', 'Maximum call stack size exceeded'], source)
  }
  t.is(returned("try { new RegExp('(?:'.repeat(1e4)) } catch (error) { return error.name }"), 'SyntaxError')
})

test('a source that is nested too deeply is an error of the compiler', t => {
  const program = `
    import { Engine } from ${JSON.stringify(new URL('../support/engine.mjs', import.meta.url).href)}
    const pieces = ['[', '(', '{', 'a => ', '\`\${', '!', 'if (1) ', 'function f() {', 'class A extends ', 'async () => ']
    for (const piece of pieces) console.log(new Engine().compile('script.js', piece.repeat(3e4)).error.name)`
  // The parser's frames on the stack of V8 are larger than what the engine counts.
  const args = ['--stack-size=3900', '--input-type=module', '-e', program]
  const lines = execFileSync(process.execPath, args, { encoding: 'utf8' }).trim().split('\n')
  t.is(lines.length, 10)
  t.true(lines.every(line => line === 'RangeError' || line === 'SyntaxError'))
})

test('a script that passes its memory ends, whatever it catches, and the place is told', t => {
  const leaks = [
    'const all = []\nfor (;;) all.push({})',
    'try {\n for (const all = [];;) all.push(new Uint8Array(1e5))\n} catch {}',
    'new Promise(() => {\n for (let x = [];;) x = [x, x.slice()]\n})',
    'try {\n new ArrayBuffer(2 ** 31 - 1) } catch {}',
    "try {\n 'x'.repeat(2 ** 29) } catch {}",
    'try {\n [...Array(2 ** 29 + 2)] } catch {}',
    'try {\n new Array(2 ** 29 + 5).fill(0) } catch {}',
    'const m = new Map()\nfor (let i = 0;; i++) m.set(i, i)',
  ]
  for (const source of leaks) {
    const engine = new Engine()
    t.throws(() => engine.start(compile(source), { memory: 1 << 20 }), { instanceOf: OverMemory }, source)
    t.regex(engine.where(), /script\.js:2:\d+/)
    t.true(engine.exports.memory.buffer.byteLength < 4 << 20)
  }
})

test('garbage ends no script, in cycles and in large pieces', t => {
  const garbage = [
    'for (let i = 0; i < 1e5; i++) { const a = {}; a.a = a }',
    'for (let i = 0; i < 300; i++) { const a = { memory: new ArrayBuffer(6e5) }; a.a = a }',
    'const kept = Array.from({ length: 5000 }, () => ({})); for (let i = 0; i < 1e5; i++) { const a = {}; a.a = a }',
    'for (let i = 0; i < 20; i++) { const a = { list: [] }; for (let j = 0; j < 5e4; j++) a.list.push(j); a.a = a }',
  ]
  for (const source of garbage) t.is(run(source, { memory: 1 << 20 }).state, 'done', source)
})

test('the memory in use is what the script keeps, and comes back', t => {
  const engine = run('let kept = new Uint8Array(1e6); await host.a(); kept = undefined; await host.b()')
  t.true(engine.heap > 1e6)
  engine.deliver(1)
  t.true(engine.heap < 1e5)
  const many = run('export default async () => { for (;;) await host.next() }')
  for (let id = 1; id <= 20; id++) many.deliver(id, { id })
  const { heap } = many
  for (let id = 21; id <= 5000; id++) many.deliver(id, { id })
  t.true(many.heap <= heap + 4096)
})

test('the place of a loop that calls nothing is told', t => {
  const engine = run(
    'function spin() {\n  for (let i = 0;;) {\n    if (++i === 3) { host.mark(); break }\n  }\n}\nspin()\nawait 1',
  )
  t.is(engine.state, 'done')
  t.is(engine.where(), '')
})

test('the same script with the same answers leaves the same memory', t => {
  const play = () => {
    const engine = run(`
      const words = {}; let sum = 0
      export default async () => {
        for (let i = 0; i < 50; i++) { words['w' + Math.random()] = await host.next({ i, list: [...Object.keys(words)] }); sum += words.x ?? 1 }
        return [sum, words]
      }`, { seed: 5n }) // prettier-ignore
    for (let i = 0; engine.state === 'waiting'; i++) engine.deliver(engine.calls[i][0], { i, at: [i / 3] })
    return Buffer.from(engine.exports.memory.buffer)
  }
  t.true(play().equals(play()))
})
