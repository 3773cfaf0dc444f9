// What a compiler has put around a function is told by the values that its names have there, whatever they are called.

import test from 'ava'
import vm from 'node:vm'
import { describe } from '../../dist/internals.js'
import { describer, exported, inWorker, refusedIn, write } from './source-fixture.mjs'

const { travelled, refuses } = describer(fn => describe(fn))

/** Functions whose text is in no file, as compilers leave them that work in memory: the value of `text` after `before`. */
const inMemory = (before, text, scope = {}) =>
  vm.compileFunction(`${before};return(${text})`, Object.keys(scope))(...Object.values(scope))

const { sleep, Queue } = exported
const getters = from => {
  const module = {}
  for (const name of Object.keys(from)) Object.defineProperty(module, name, { enumerable: true, get: () => from[name] })
  return module
}

test('a module object is known by its members, in whichever file it was declared', t => {
  const modules = {
    namespace: exported,
    getters: getters(exported),
    inherited: Object.create(exported),
    proxy: new Proxy(exported, { get: (module, name) => module[name] }),
    part: { sleep, other: 1 },
  }
  for (const [name, module] of Object.entries(modules)) {
    for (const text of ['() => m.sleep(5)', '() => (0, m.sleep)(5)', '() => { const ms = 5; return m["sleep"](ms) }']) {
      t.is(travelled(inMemory('', text, { m: module }))(), 'slept 5', `${name}: ${text}`)
    }
  }
  const whole = inMemory('', '() => { const { sleep, Queue } = m; return [sleep(5), new Queue().constructor.name] }', {
    m: getters(exported),
  })
  t.deepEqual(travelled(whole)(), ['slept 5', 'Queue'])
  t.is(travelled(inMemory('', '() => new n.default.Queue().constructor', { n: { default: exported } }))(), Queue)
})

test('what only has the names of exports is not taken for them', t => {
  for (const sleep of [ms => `not ours ${ms}`, 1]) {
    refuses(t, inMemory('', '() => m.sleep(5)', { m: { sleep } }), 'm')
    refuses(t, inMemory('', '() => __import_0__.sleep(5)', { __import_0__: { sleep } }), '__import_0__')
  }
})

test('code of the program is not run to find out', t => {
  let calls = 0
  const loud = { get sleep() { calls++; return sleep } } // prettier-ignore
  const trap = new Proxy({}, { get: () => void calls++, getOwnPropertyDescriptor: () => void calls++ })
  for (const m of [loud, trap]) refuses(t, inMemory('', '() => m.sleep(5)', { m }), 'm')
  t.is(calls, 0)
})

test('a helper that a compiler has declared travels along, with what it calls', t => {
  const helpers = `
    function _nullish(value, other) { return value != null ? value : _call(other) }
    function _call(fn) { return fn() }
    const _isEven = n => n === 0 ? true : _isOdd(n - 1), _isOdd = n => n === 0 ? false : _isEven(n - 1)
    function _once() { _once = () => 'again'; return 'first' }
    const _has = Object.prototype.hasOwnProperty, _define = Object.defineProperty
    function _own(o, key) { return _has.call(o, key) && _define(o, key, { value: this === undefined }) }`
  const all = text => travelled(inMemory(helpers, text))
  t.is(all('x => { const y = _nullish(x, () => 7); return y }')(null), 7)
  t.deepEqual(all('() => [_isEven(10), _isOdd(10)]')(), [true, false])
  t.is(all('() => _once()')(), 'first')
  t.deepEqual(all('o => _own(o, "a")')({ a: 1 }), { a: true })
  t.deepEqual(all('o => _own(o, "b")')({ a: 1 }), false)
})

test('a helper that keeps something, or that a program has named, does not travel', t => {
  refuses(t, inMemory('let n = 0; const _next = () => n++', '() => _next()'), '_next')
  refuses(t, inMemory('const secret = 1; const _peek = () => secret', '() => _peek()'), '_peek')
  refuses(t, inMemory('class _Made {}', '() => new _Made()'), '_Made')
  const helper = () => 1
  refuses(t, () => helper(), 'helper')
  refuses(t, inMemory('', '() => _module.helper()', { _module: { helper } }), '_module')
  refuses(t, inMemory('', '() => _module.default()', { _module: { default: helper } }), '_module')
})

test('functions of one text are what their closures make of them', t => {
  const make = _f => () => _f()
  const [one, two] = [make(() => 1), make(() => 2)]
  t.deepEqual([travelled(one)(), travelled(two)(), travelled(one)()], [1, 2, 1])
  const making = inMemory('', '_m => () => _m.sleep(5)')
  t.is(travelled(making({ sleep }))(), 'slept 5')
  refuses(t, making({ sleep: 1 }), '_m')
})

test('an async function is found behind the generator that it has become', async t => {
  const babel = `function step(n, t, e, r, o, a, c) { try { var i = n[a](c), u = i.value } catch (n) { return void e(n) } i.done ? t(u) : Promise.resolve(u).then(r, o) }
    function asyncHelper(n) { return function () { var t = this, e = arguments; return new Promise(function (r, o) { var a = n.apply(t, e); function _next(n) { step(a, r, o, _next, _throw, "next", n) } function _throw(n) { step(a, r, o, _next, _throw, "throw", n) } _next(void 0) }) } }`
  const asyncs = [
    'asyncHelper(function* (x) { return (yield x) + 1 })',
    'asyncHelper(function* (x) { return (yield x) + 2 })',
  ]
  for (const [index, text] of asyncs.entries()) t.is(await travelled(inMemory(babel, text))(1), index + 2)
  const forwarded =
    '(function () { var _ref = asyncHelper(function* (x) { return m.sleep(yield x) }); return function (_x) { return _ref.apply(this, arguments) } })()'
  t.is(await travelled(inMemory(babel, forwarded, { m: exported }))(5), 'slept 5')
  const declared =
    '(() => { function work(_x) { return _work.apply(this, arguments) } function _work() { _work = asyncHelper(function* (x) { return yield x }); return _work.apply(this, arguments) } return work })()'
  t.is(
    await travelled(
      inMemory(babel.replaceAll('asyncHelper', '_asyncHelper'), declared.replaceAll('asyncHelper', '_asyncHelper')),
    )(5),
    5,
  )
  refuses(t, inMemory(`${babel}; let secret = 1`, 'asyncHelper(function* () { return secret })'), 'secret')
})

test('a `this` that is only passed on to a helper is none', async t => {
  const driver = 'var _o = (self, args, body) => new Promise(resolve => resolve(body.apply(self, args).next().value))'
  t.is(await travelled(inMemory(driver, '(x) => _o(void 0, [x], function* (x) { return x })'))(3), 3)
  t.is(
    await travelled(inMemory(driver, 'function (x) { return _o(this, arguments, function* (x) { return x }) }'))(3),
    3,
  )
  refuses(t, inMemory('const keep = []', 'function () { return keep.push(this, function* () {}) }'), 'this')
  t.deepEqual(travelled(inMemory('var _this = this', 'x => __spreadArray([], __read([x]))', {}))(1), [1])
  t.is(
    await travelled(
      inMemory(
        'var _this = {}',
        'function (x) { return __awaiter(_this, void 0, void 0, function () { return __generator(this, function (_a) { return [2, x] }) }) }',
      ),
    )(1),
    1,
  )
})

test('what bundlers have made of import() is refused with what to write instead', async t => {
  const bundled = [
    ['async () => (await r.e(928).then(r.bind(r, 827))).hi()', 'r'],
    ['async () => (await r.e(928).then(() => r(827))).hi()', 'r'],
    ['() => Promise.resolve().then(r.t.bind(r, 760, 19))', 'r'],
    ['() => Promise.resolve().then(() => (init_w(), w_exports))', 'init_w'],
    ['async () => (await e.A(78285)).hi()', 'e'],
    ['async () => (await __turbopack_context__.A("[project]/w.js [app-route]")).hi()', '__turbopack_context__'],
    ['async name => (await r(534)(name)).hi()', 'r'],
    ['() => __webpack_require__(1)', '__webpack_require__'],
  ]
  for (const [text, name] of bundled) {
    const modules = {}
    const load = () => modules
    const scope = { [name]: Object.assign(() => modules, { e: load, t: load, A: load }), w_exports: {} }
    refuses(t, inMemory('', text, scope), name, /made of `import\(\)`.*webpackIgnore: true.*args.*taskModule/)
    await refusedIn(t, `const ${name} = () => {}, w_exports = {}\nconst fn = ${text}`, name)
  }
})

test('import() by another name is import(), relative to the project, too', async t => {
  write('project/src/deep/task.mjs', 'export const here = import.meta.url')
  const path = write('project/src/calls.mjs', '')
  const described = text => vm.compileFunction(`return describe(${text})`, ['describe'], { filename: path })(describe)
  for (const name of ['__vite_ssr_dynamic_import__', '__vi_import__', 'jitiImport']) {
    for (const specifier of [
      './deep/task.mjs',
      '/deep/task.mjs',
      '/src/deep/task.mjs?v=1',
      '/project/src/deep/task.mjs',
    ]) {
      const { result } = await inWorker(described(`async () => (await ${name}(${JSON.stringify(specifier)})).here`))
      t.regex(`${result}`, /project\/src\/deep\/task\.mjs/, `${name} ${specifier}`)
    }
  }
  t.throws(() => described('() => importThing.now()'), { code: 'ERR_CAPTURED_VARIABLE' })
})
