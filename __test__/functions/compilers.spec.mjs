// What compilers make of inline functions: it runs as it would have run where it was written.

import test from 'ava'
import { execFile } from 'node:child_process'
import { cpSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import vm from 'node:vm'
import esbuild from 'esbuild'
import { compile, describe } from '../../dist/internals.js'
import { describedIn, describer, exported, folder, fromText, inWorker, source, write } from './source-fixture.mjs'

// The file that calls is this one.
const { travelled, refuses } = describer(fn => describe(fn))

const root = fileURLToPath(new URL('../..', import.meta.url))

const sample = `
import { sleep } from 'threaded-async'
const log: unknown[] = []
export const arrow = async (x: number) => {
  await x
  class K {
    #p = 1
    static s = 2
    static #q = 3
    get() { return [this.#p, K.#q, this.#m()] }
    set(v: number) { this.#p = v; this.#p++; return this.#p }
    #m() { return 'm' }
    has(o: object) { return #p in o }
  }
  const { y, ...rest } = { y: 1, z: 2, [Symbol.iterator]: 3 }
  const k = new K()
  return [k.get(), k.set(5), rest, x ** 2, y, K.s, k.has(k), k.has({}), { ...rest, w: x ?? 1 }, k?.has]
}
export async function imports() { return [typeof (await import('./other.js')).here, sleep(5)] }
export async function* generator() {
  yield 1
  const r = yield* inner()
  for await (const q of [Promise.resolve(1), r]) yield q
  async function* inner() { try { yield 2 } finally { await null } return 'r' }
}
export const object = { async method(x: number, ...more: number[]) { return { ...{ x }, y: more } } }
export const resources = async () => {
  const log: string[] = []
  class R {
    constructor(readonly name: string) { log.push('open ' + name) }
    [Symbol.dispose]() { log.push('close ' + this.name) }
    async [Symbol.asyncDispose]() { await null; log.push('closed ' + this.name) }
  }
  try {
    using a = new R('a')
    await using b = new R('b')
    using c = { [Symbol.dispose]() { throw new Error('c') } }
    throw new Error('body')
  } catch (error: any) {
    log.push(error.name, error.error?.message, error.suppressed?.message)
  }
  return log
}
export function plainFunction(a: number) { return [a, ...[1, 2]].map((x) => x + a) }
export const inherited = () => {
  class A { constructor(readonly a = 1) {} m() { return 'A' + this.a } }
  class B extends A { x = super.m(); m() { return super.m() + 'B' } async n() { return super.m() } }
  return [new B(2).m(), new B(3).x]
}
export const decorated = () => {
  const log: unknown[] = []
  const note = (name: string) => (...on: any[]) => void log.push(name, typeof on[0], on[1], on.length)
  @note('class') class A {
    @note('field') f = 1
    @note('method') m(@note('parameter') a: number) { return a }
  }
  return [log, new A().m(2)]
}
export const template = (a: string) => String.raw\`\\n\${a}\`
`
/** Runs every function of a compiled sample as it is, and as it travels. */
const runSample = async (t, path, label) => {
  const module = await import(pathToFileURL(path).href)
  const functions = module.default ?? module
  const collect = async value => {
    const settled = await value
    if (!settled?.[Symbol.asyncIterator]) return settled
    const items = []
    for await (const item of settled) items.push(item)
    return items
  }
  const plain = value =>
    JSON.parse(JSON.stringify(value, (_, item) => (typeof item === 'function' ? 'function' : item)))
  const names = ['arrow', 'imports', 'generator', 'resources', 'plainFunction', 'inherited', 'decorated', 'template']
  for (const fn of [...names.map(name => functions[name]), functions.object.method]) {
    const description = described(path, fn)
    const [here, there] = [await collect(fn(3)), await collect(compile(description, exported)(3))]
    t.deepEqual(plain(there), plain(here), `${label}: ${fn}`)
  }
}

/** Describes a function as if its file had called. */
const described = (path, fn) =>
  vm.compileFunction('return describe(fn)', ['describe', 'fn'], { filename: path })(describe, fn)

for (const target of ['es2015', 'es2017', 'es2020', 'es2022', 'esnext']) {
  test(`esbuild, ${target}`, async t => {
    for (const [format, extension] of [
      ['cjs', 'cjs'],
      ['esm', 'mjs'],
    ]) {
      for (const keepNames of [true, false]) {
        // Node 20 and 22 cannot run what is left of \`using\`.
        const { code } = await esbuild.transform(sample, {
          loader: 'ts',
          format,
          target,
          keepNames,
          supported: { using: false },
          tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
          platform: 'node',
        })
        const path = write(`esbuild-${target}-${keepNames}.${extension}`, code)
        await runSample(t, path, `${target} ${format} ${keepNames}`)
      }
    }
  })
}

// What the compilers of several tests read at a time.
test.before(() => {
  write('typescript/sample.ts', sample)
  write('typescript/other.js', readFileSync(join(folder, 'other.js'), 'utf8'))
  write('typescript/node_modules/threaded-async/package.json', '{ "main": "./index.js", "type": "module" }')
  write('typescript/node_modules/threaded-async/index.js', 'export const sleep = (ms) => `slept ${ms}`')
  cpSync(join(root, 'node_modules/tslib'), join(folder, 'typescript/node_modules/tslib'), { recursive: true })
})

for (const target of ['es2015', 'es2017', 'es2022']) {
  test(`TypeScript, ${target}`, async t => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    for (const [module, extension, ...more] of [
      ['commonjs', 'cjs'],
      ['commonjs', 'cjs', '--importHelpers'],
      ['esnext', 'mjs'],
      ['esnext', 'mjs', '--importHelpers'],
    ]) {
      const flags = [
        '--ignoreConfig',
        '--target',
        target,
        '--module',
        module,
        '--moduleResolution',
        'bundler',
        '--lib',
        'esnext',
        '--experimentalDecorators',
        ...more,
      ]
      const name = `typescript/${target}${more}.${extension}`
      const out = join(folder, 'typescript', `${target}-${module}${more}`)
      await promisify(execFile)(process.execPath, [
        tsc,
        ...flags,
        '--types',
        '',
        '--noCheck',
        '--outDir',
        out,
        join(folder, 'typescript/sample.ts'),
      ])
      write(name, readFileSync(join(out, 'sample.js'), 'utf8'))
      await runSample(t, join(folder, name), `${target} ${module} ${more}`)
    }
  })
}

test('TypeScript, es5', t => {
  const text = `function (x) {
    var A = (function () { function A() { } A.prototype.m = function () { return 1; }; return A; }());
    var B = (function (_super) {
      __extends(B, _super);
      function B() { return _super !== null && _super.apply(this, arguments) || this; }
      return B;
    }(A));
    function g() { var e_1; return __generator(this, function (_a) {
      switch (_a.label) {
        case 0: _a.trys.push([0, 2, 4, 6]); return [5, __values(__spreadArray([new B().m()], __read(new Set([x])), false))];
        case 1: _a.sent(); throw x;
        case 2: e_1 = _a.sent(); return [4, e_1];
        case 3: _a.sent(); return [3, 6];
        case 4: return [4, 5];
        case 5: _a.sent(); return [7];
        case 6: return [2];
      }
    }); }
    return __spreadArray([], __read(g()), false);
  }`
  t.deepEqual(travelled(fromText(text))(3), [1, 3, 3, 5])
})

test("tslib is the package's own, wherever the function comes from, and its functions stay as they are", async t => {
  const tslib = createRequire(source)('tslib')
  t.is(travelled(fromText('() => tslib_1.__awaiter'))(), tslib.__awaiter)
  const text = `const fn = () => tslib_1.__rest({ a: 1, b: 2 }, ['a'])\nvar tslib_1 = require('tslib')`
  write('node_modules/tslib/package.json', '{ "main": "./index.js", "type": "commonjs" }')
  write('node_modules/tslib/index.js', '')
  t.deepEqual((await inWorker(await describedIn(text, 'tslib.cjs'))).result, { b: 2 })
  t.deepEqual(travelled(fromText(`() => (0, _ts_rest._)({ a: 1, b: 2 }, ['a'])`))(), { b: 2 })
  t.deepEqual(Object.keys(tslib.__rest), [])
})

test('a loop that needs tslib has no more globals for it', async t => {
  const text = `() => [tslib_1.__rest({ a: 1, b: 2 }, ['a']), typeof globalThis.__rest]`
  t.deepEqual((await inWorker(describe(fromText(text)))).result, [{ b: 2 }, 'undefined'])
})

test('tsx', async t => {
  const program = `
    import { describe, compile, setExports } from ${JSON.stringify(source)}
    import { sleep as nap, Queue } from 'threaded-async'
    import * as exported from 'threaded-async'
    setExports({ ...exported })
    const ours = { sleep: (ms: number) => 'slept ' + ms, Queue }
    async function work(ms: number): Promise<string> {
      const later = async (n: number) => { const twice = () => n * 2; return nap(twice()) }
      await import('./other.js')
      return later(ms)
    }
    const made = compile(describe(work), ours)
    made(5).then((a: string) => console.log(a, compile(describe((): string => new Queue().constructor.name), ours)()))`
  write('commonjs/package.json', '{ "type": "commonjs" }')
  write('commonjs/other.js', '')
  for (const name of ['tsx.mts', 'tsx.ts', 'commonjs/tsx.ts']) {
    const path = write(name, program)
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), path],
      { cwd: root },
    )
    t.is(stdout.trim() + stderr, 'slept 10 Queue', name)
  }
})

test('SWC and Babel', async t => {
  const cases = [
    [
      '(x) => _async_to_generator(function*() { const y = yield x; return _object_spread_props(_object_spread({ y }, { z: 1 }), { w: 2 }) })()',
      { y: 3, z: 1, w: 2 },
    ],
    ['(x) => (0, _async_to_generator._)(function*() { return yield x })()', 3],
    ['(x) => (0, _asyncToGenerator2.default)(function*() { return yield x })()', 3],
    ['function f(x) { return _asyncToGenerator(function* (x) { return yield x }).apply(this, arguments) }', 3],
    [
      'function (x) { return _async_to_generator(function() { var a; return _ts_generator(this, function(_state) { switch(_state.label) { case 0: return [4, Promise.resolve(x)]; case 1: a = _state.sent(); return [2, a + 1] } }) })() }',
      4,
    ],
    [
      '(o) => { var { a } = { a: 1, b: 2 }, rest = _objectWithoutProperties({ a: 1, b: 2 }, ["a"]); return _objectSpread2({ a }, rest) }',
      { a: 1, b: 2 },
    ],
    [
      '(x) => { var [a, b] = _sliced_to_array(new Set([1, 2, 3]), 2); return [a, b, ..._to_consumable_array(new Set([x]))] }',
      [1, 2, 3],
    ],
    [
      '() => { let A = function A() { _classCallCheck(this, A); _defineProperty(this, "x", 1) }; A = _createClass(A, [{ key: "m", value: function m() { return this.x } }]) || A; return [new A().m(), _typeof(A), Object.keys(A.prototype).length] }',
      undefined,
    ],
    [
      'async () => { var m = await Promise.resolve().then(() => _interop_require_wildcard(require("node:path"))); return [typeof m.join, typeof m.default.join] }',
      ['function', 'function'],
    ],
    ['() => _extends({}, { a: 1 })', { a: 1 }],
    [
      'async (x) => { try { var _usingCtx = _usingCtx2(); const r = _usingCtx.u({ x, [Symbol.dispose]() { this.x = 0 } }); return r } catch (_) { _usingCtx.e = _ } finally { _usingCtx.d() } }',
      { x: 0 },
    ],
    [
      'async () => { const g = _wrap_async_generator(function*() { const a = yield _await_async_generator(1); yield a; yield* _async_generator_delegate(_async_iterator([2])) })(); const all = []; for await (const i of g) all.push(i); return all }',
      [1, 2],
    ],
    ['() => { cov_1abc().f[0]++; cov_1abc().s[1]++; cov_1abc().b[0][1]++; return (cov_1abc().s[2]++, 1) }', 1],
    ['(x) => tslib_1.__awaiter(void 0, void 0, void 0, function* () { return yield x })', 3],
    [
      '() => { const o = __assign({ a: 1 }, { b: 2 }); return __spreadArray([o.a], __read([o.b, 3], 1), false) }',
      [1, 2],
    ],
  ]
  for (const [text, expected] of cases) {
    const value = await travelled(fromText(text))(3)
    if (expected === undefined) t.deepEqual(value, [1, 'function', 0])
    else t.deepEqual(JSON.parse(JSON.stringify(value)), expected, text)
  }
  refuses(t, fromText('function f(x) { return _f.apply(this, arguments) }'), 'this')
  refuses(t, fromText('(x) => _async_to_generator(function*() { return this })()'), 'this')
})
