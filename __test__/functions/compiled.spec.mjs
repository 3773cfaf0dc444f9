// What compilers and bundlers have made of one file: its functions run as they would have run where they were written.
//
// `compiled/` has the outputs, as the tool in their first line has written them: `.cjs` and `.mjs` are files that run,
// `.memory` is what a tool evaluates itself, `.factory` a module in a chunk. The file is `sample` below, in substance.

import test from 'ava'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import vm from 'node:vm'
import * as exported from 'threaded-async'
import { root } from '../support/program.mjs'

const sample = `import { sleep, Queue } from 'threaded-async'
import * as ta from 'threaded-async'
const secret = { x: Math.random() }
export const named = async x => { await sleep(1); return x }
export const constructed = () => new Queue().constructor.name
export const whole = async () => { await ta.sleep(1); return ta.Queue.name }
export const sugar = async o => [o?.a?.b ?? 'none', { ...o, c: 1 }, await o.f?.()]
export const klass = () => { class A { #p = 1; get() { return this.#p } } return new A().get() }
export async function declared(x) { const [y] = [await x]; return [...y].length }
export const generated = async () => { const items = []; for await (const item of (async function* () { yield 1; yield* [2] })()) items.push(item); return items }
export const dynamic = async () => (await import('./other.js')).here
export const chained = () => import('./other.js').then(module => module.here)
export const builtin = async () => (await import('node:path')).basename('/a/b')
export const captures = () => secret.x
`

const cases = {
  named: [['x'], 'x'],
  constructed: [[], 'Queue'],
  whole: [[], 'Queue'],
  sugar: [[{ a: null }], ['none', { a: null, c: 1 }, undefined]],
  klass: [[], 1],
  declared: [[[1, 2, 3]], 3],
  generated: [[], [1, 2]],
  dynamic: [[], 'here'],
  chained: [[], 'here'],
  builtin: [[], 'b'],
}
const imports = ['dynamic', 'chained', 'builtin']

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'compiled-')))
test.after.always(() => rmSync(folder, { recursive: true }))
const write = (name, text) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
mkdirSync(join(folder, 'node_modules'))
symlinkSync(root, join(folder, 'node_modules', 'threaded-async'), 'dir')
symlinkSync(join(root, 'node_modules/tslib'), join(folder, 'node_modules', 'tslib'), 'dir')
write('package.json', '{ "type": "module" }')
for (const place of ['.', 'src']) {
  mkdirSync(join(folder, place), { recursive: true })
  write(join(place, 'other.js'), `export const here = 'here'`)
}
const sampleFile = write('src/sample.js', sample)

/** How the output of a tool becomes the functions of the sample. */
const loaders = {
  cjs: async file => createRequire(import.meta.url)(file),
  mjs: async file => import(pathToFileURL(file).href),

  /** As Vite's module runner and jiti evaluate what they have transformed: the file on the disk is the sample. */
  memory: async (_file, text) => {
    const exports = {}
    const modules = async () => exported
    const exportName = (name, get) => Object.defineProperty(exports, name, { enumerable: true, get })
    const scope = {
      ...{ __vite_ssr_exports__: exports, __vite_ssr_import__: modules, __vite_ssr_dynamic_import__: modules },
      ...{ __vite_ssr_exportName__: exportName, exports, jitiImport: modules, jitiESMResolve: modules },
    }
    const code = `return async (${Object.keys(scope)}) => {${text}\n}`
    await vm.compileFunction(code, [], { filename: sampleFile })()(...Object.values(scope))
    return exports
  },

  /** As the runtime of Turbopack calls the factory of a module. */
  factory: async (_file, text) => {
    const exports = {}
    const context = {
      a: body =>
        new Promise(
          (resolve, reject) =>
            void body(
              modules => modules,
              error => (error ? reject(error) : resolve()),
            ),
        ),
      i: () => exported,
      A: async id => ({ id, cache }),
      s: list => {
        for (let i = 0; i < list.length; i += 3) exports[list[i]] = list[i + 2]
      },
    }
    const cache = {}
    const file = write('chunk.cjs', `module.exports = ${text}`)
    await createRequire(import.meta.url)(file)(context)
    return exports
  },
}

const runner = new exported.AsyncRunner()
test.after.always(() => runner.close())

for (const fixture of readdirSync(new URL('compiled/', import.meta.url))) {
  const [name, kind] = fixture.split('.')
  const text = readFileSync(new URL(`compiled/${fixture}`, import.meta.url), 'utf8')
  const tool = /^\/\/ (.*)/.exec(text)[1]
  test(`functions run as they were written: ${tool} (${name}.${kind})`, async t => {
    const file = kind === 'cjs' || kind === 'mjs' ? write(`${name}.${kind}`, text) : sampleFile
    const functions = await loaders[kind](file, text)
    const caller = kind === 'factory' ? join(folder, 'chunk.cjs') : file
    const call = vm.compileFunction('return runner.run(fn, args)', ['runner', 'fn', 'args'], { filename: caller })
    // A bundler that has the module of an import() in its bundle leaves nothing to import it by.
    const isBundled = /webpack|rspack|turbopack|esbuild/.test(name)
    for (const [key, [args, expected]] of Object.entries(cases)) {
      const run = () => call(runner, functions[key], args)
      if (isBundled && imports.includes(key) && (key !== 'builtin' || name === 'turbopack')) {
        const error = t.throws(run, { code: 'ERR_CAPTURED_VARIABLE' }, key)
        t.regex(error.message, /import\(\)`.*webpackIgnore/, key)
      } else {
        t.deepEqual(run(), expected, key)
      }
    }
    t.throws(() => call(runner, functions.captures, []), { code: 'ERR_CAPTURED_VARIABLE' })
  })
}
