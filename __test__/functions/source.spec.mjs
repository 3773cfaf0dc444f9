// Inline functions: what of them travels, what they can see, what is refused, and what compilers make of them.
//
// Functions are described here and compiled either here or in a worker. Files that call are written to a folder
// of their own, beside a stand-in for the package, because what a name means depends on the file that calls.

import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import v8 from 'node:v8'
import vm from 'node:vm'
import { Worker } from 'node:worker_threads'
import test from 'ava'
import esbuild from 'esbuild'
import { compile, describe, setExportNames } from '../../dist/internals.js'

const source = new URL('../../dist/internals.js', import.meta.url).href
const root = fileURLToPath(new URL('../..', import.meta.url))

const exported = {
  Event: class Event {
    isOurs = true
  },
  LifoQueue: class LifoQueue {},
  Queue: class Queue {},
  sleep: ms => `slept ${ms}`,
}
setExportNames(Object.keys(exported))

/** What the loop makes of a function. */
const travelled = fn => compile(describe(fn), exported)

/** The names a description binds. */
const bound = fn => Object.keys(JSON.parse(describe(fn)).bindings).sort()

const refuses = (t, fn, variable, message) => {
  const error = t.throws(() => describe(fn), { code: 'ERR_CAPTURED_VARIABLE' }, `${variable} in ${fn}`)
  t.is(error?.variable, variable)
  t.is(error?.name, 'CapturedVariableError')
  if (message) t.regex(error?.message ?? '', message)
}

/** A function that only its text says anything of. */
const fromText = text => vm.runInThisContext(`(${text})`)

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'source-')))
test.after.always(() => rmSync(folder, { recursive: true }))

const write = (name, text) => {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  return path
}
write('package.json', '{ "type": "module" }')
write('node_modules/threaded-async/package.json', '{ "type": "module", "exports": "./index.js" }')
write(
  'node_modules/threaded-async/index.js',
  'export class Event {}\nexport class LifoQueue {}\nexport class Queue {}\nexport const sleep = (ms) => `slept ${ms}`',
)
write(
  'other.js',
  'export class Event {}\nexport const sleep = 1\nexport const Queue = 2, fetch = 3, here = import.meta.url',
)
write('other.cjs', 'exports.here = __filename')

const ownIndex = JSON.stringify(new URL('index.js', source).href)

let count = 0

/** Writes a module that defines `fn`, and returns what describing `fn` from it gives. */
const describedIn = async (text, name = `caller-${count++}.mjs`) => {
  const call = `export const described = () => describe(fn)`
  const isCommonJs = name.endsWith('.cjs')
  const path = write(
    name,
    isCommonJs
      ? `${text}\nexports.with = (describe) => describe(fn)`
      : `${text}\nimport { describe } from ${JSON.stringify(source)}\n${call}`,
  )
  const module = await import(pathToFileURL(path).href)
  return isCommonJs ? module.default.with(describe) : module.described()
}

const meansIn = async (text, name) => compile(await describedIn(text, name), exported)

const refusedIn = async (t, text, variable, name) => {
  const error = await t.throwsAsync(describedIn(text, name), { code: 'ERR_CAPTURED_VARIABLE' }, text)
  t.is(error?.variable, variable)
}

// What travels

test('every form of function arrives as what it is', async t => {
  const key = 'computed'
  class Secret {
    #hidden(a) {
      return a + 1
    }
    static reveal = secret => secret.#hidden
  }
  const object = {
    plain(a) {
      return a + 1
    },
    async later(a) {
      return (await a) + 1
    },
    *all(a) {
      yield a + 1
    },
    async *each(a) {
      yield a + 1
    },
    'quoted name'(a) {
      return a + 1
    },
    [key](a) {
      return a + 1
    },
    get value() {
      return 2
    },
    async: a => a + 1,
    function(a) {
      return a + 1
    },
    get(a) {
      return a + 1
    },
  }
  const answers = [
    a => a + 1,
    async a => (await a) + 1,
    function (a) {
      return a + 1
    },
    async function (a) {
      return (await a) + 1
    },
    object.plain,
    object.later,
    object['quoted name'],
    object.computed,
    object.async,
    object.function,
    object.get,
    Object.getOwnPropertyDescriptor(object, 'value').get,
    Secret.reveal(new Secret()),
  ]
  for (const fn of answers) t.is(await travelled(fn)(1), 2, String(fn))
  t.deepEqual([...travelled(object.all)(1)], [2])
  t.deepEqual(await travelled(object.each)(1).next(), { value: 2, done: false })
  t.is(travelled(object.later).constructor.name, 'AsyncFunction')
})

test('a function knows its own name', async t => {
  const factorial = function self(n) {
    return n < 2 ? 1 : n * self(n - 1)
  }
  const arrow = n => (n < 2 ? 1 : n * arrow(n - 1))
  t.is(travelled(factorial)(5), 120)
  t.is(travelled(arrow)(5), 120)
  const outer = () => 1
  refuses(t, { outer: () => outer() }.outer, 'outer')
})

test('it is compiled strict', t => {
  t.is(travelled(fromText('function () { return (function () { return typeof this })() }'))(), 'undefined')
  t.throws(travelled(fromText('() => { undefined = 1 }')), { instanceOf: TypeError })
  const sloppy = new Function('o', 'with (o) { return 1 }')
  const error = t.throws(() => describe(sloppy), { code: 'ERR_INVALID_ARG_VALUE' })
  t.true(error.cause instanceof SyntaxError)
})

test('classes, native and bound functions and what is no function are refused', t => {
  t.throws(() => describe(class A {}), { code: 'ERR_INVALID_ARG_VALUE', instanceOf: TypeError })
  t.throws(() => describe(class {}), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => describe('() => 1'), { code: 'ERR_INVALID_ARG_TYPE' })
  refuses(t, Math.max, 'max', /cannot be had/)
  refuses(t, (() => 1).bind(), 'bound')
  refuses(t, new Proxy(() => 1, {}), '[native code]')
})

// What is in scope

test('the exports of the package are in scope, before a global of the same name', t => {
  t.true(travelled(() => new Event())().isOurs)
  t.is(travelled(() => sleep(5))(), 'slept 5')
  t.is(travelled(() => typeof Event)(), 'function')
  t.is(
    travelled(() => {
      const q = new Queue()
      return q.constructor.name
    })(),
    'Queue',
  )
})

test('only what is used is bound', t => {
  t.deepEqual(
    bound(() => sleep(1)),
    ['sleep'],
  )
  t.deepEqual(
    bound(sleep => {
      const Queue = sleep
      return Queue
    }),
    [],
  )
  t.deepEqual(
    bound(o => {
      const { Event } = o
      return o.sleep + { Queue: 1 }.Queue + Event
    }),
    [],
  )
})

test('globals are in scope, what the program puts on globalThis is not', t => {
  t.is(
    travelled(a => {
      const { max } = Math
      return max(a, JSON.parse('2'))
    })(1),
    2,
  )
  t.is(travelled(() => typeof setTimeout + typeof structuredClone + typeof process.pid)(), 'functionfunctionnumber')
  globalThis.addedLater = 1
  refuses(t, () => addedLater, 'addedLater')
  delete globalThis.addedLater
})

test('typeof of a name is no capture', t => {
  t.is(travelled(() => typeof nowhere)(), 'undefined')
  t.is(
    travelled(() => {
      const a = typeof nowhere
      return a
    })(),
    'undefined',
  )
  refuses(t, () => typeof nowhere.member, 'nowhere')
  refuses(t, () => typeof nowhere === 'function' && nowhere(), 'nowhere')
})

// What is refused

test('free names are refused', t => {
  let captured = 1
  const { nested } = { nested: 2 }
  refuses(t, () => captured, 'captured', /`captured`.*args/)
  refuses(
    t,
    async () => {
      await null
      return nested
    },
    'nested',
  )
  refuses(
    t,
    () => {
      captured = 2
    },
    'captured',
  )
  refuses(
    t,
    () => {
      captured++
    },
    'captured',
  )
  refuses(
    t,
    () => {
      ;({ captured } = { captured: 1 })
    },
    'captured',
  )
  refuses(t, () => ({ captured }), 'captured')
  refuses(t, () => `${captured}`, 'captured')
  refuses(t, (...rest) => [...captured, ...rest], 'captured')
  refuses(t, (a = captured) => a, 'captured')
  refuses(
    t,
    () => {
      class A extends captured {}
      return A
    },
    'captured',
  )
  refuses(
    t,
    () => {
      {
        const captured = 1
        void captured
      }
      return captured
    },
    'captured',
  )
  refuses(
    t,
    () =>
      (
        () => () =>
          captured
      )(),
    'captured',
  )
  refuses(t, () => import('node:fs', captured), 'captured')
  refuses(
    t,
    () => {
      Queue = 1
    },
    'Queue',
  )
  for (const name of ['__filename', '__dirname', 'module', 'exports']) refuses(t, fromText(`() => ${name}`), name)
})

test('what is around an arrow function is refused', t => {
  refuses(t, () => this, 'this')
  refuses(
    t,
    () => {
      const a = () => this
      return a
    },
    'this',
  )
  refuses(
    t,
    () => {
      class A {
        [this.x] = 1
      }
      return A
    },
    'this',
  )
  refuses(t, fromText('function () { return () => arguments[0] }')(), 'arguments')
  refuses(t, fromText('function () { return () => new.target }')(), 'new.target')
  refuses(t, () => import.meta.url, 'import.meta')
  refuses(
    t,
    {
      method() {
        return () => super.toString()
      },
    }.method(),
    'super',
  )
})

test('what a function has of its own is not refused, except a `this` that tasks do not have', t => {
  refuses(
    t,
    function () {
      return this
    },
    'this',
    /called without one/,
  )
  refuses(
    t,
    {
      method() {
        return this
      },
    }.method,
    'this',
  )
  refuses(
    t,
    {
      method() {
        return super.toString()
      },
    }.method,
    'super',
  )
  t.is(
    travelled(function () {
      return arguments[0]
    })(7),
    7,
  )
  t.is(
    travelled(function () {
      return new.target
    })(),
    undefined,
  )
  const own = () => {
    class A {
      static made = this
      a = this
      m() {
        return [super.toString, this, arguments.length, new.target]
      }
    }
    const o = {
      m() {
        return this
      },
    }
    return A.made === A && new A().m().length === 4 && o.m() === o
  }
  t.true(travelled(own)())
})

test('private names are refused unless a class in the function declares them', t => {
  class Secret {
    #x = 1
    static read = () => secret => secret.#x
    static has = () => secret => #x in secret
  }
  refuses(t, Secret.read(), '#x')
  refuses(t, Secret.has(), '#x')
  t.is(
    travelled(() => {
      class A {
        #x = 1
        get x() {
          return #x in this && this.#x
        }
      }
      return new A().x
    })(),
    1,
  )
})

test('a name only used as X.<one of our exports> is the namespace', t => {
  t.is(travelled(fromText('() => { const q = new threaded_async_1.Queue(); return q.constructor.name }'))(), 'Queue')
  t.is(travelled(fromText('async () => (0, threaded_async_1.sleep)(5)')).constructor.name, 'AsyncFunction')
  t.is(travelled(fromText('() => (0, import_threaded_async.sleep)(5)'))(), 'slept 5')
  t.is(travelled(fromText('() => (0, __vite_ssr_import_0__.sleep)(5)'))(), 'slept 5')
  refuses(t, fromText('() => threaded_async_1.sleep(other_1.read())'), 'other_1')
  refuses(t, fromText('() => [ta.sleep(), ta.other]'), 'ta')
  refuses(t, fromText('() => [ta.sleep(), ta]'), 'ta')
  refuses(t, fromText('() => { ta.sleep(); ta = 1 }'), 'ta')
})

test('syntax that acorn does not know yet is taken as it is', t => {
  v8.setFlagsFromString('--allow-natives-syntax')
  const fn = fromText('() => { %IsFunction; return sleep(5) }'.replace('%IsFunction', '%PerformMicrotaskCheckpoint()'))
  const method = vm.runInThisContext('({ async m() { %PerformMicrotaskCheckpoint(); return sleep(5) } })').m
  try {
    t.is(travelled(fn)(), 'slept 5')
    t.is(travelled(method).constructor.name, 'AsyncFunction')
  } finally {
    v8.setFlagsFromString('--no-allow-natives-syntax')
  }
})

// What names mean in the file that calls

test.before(
  'the stand-in is loaded once',
  () => import(pathToFileURL(join(folder, 'node_modules/threaded-async/index.js')).href),
)

test('imports of the package are ours, under their own name or another', async t => {
  const ours = {
    named: `import { sleep } from 'threaded-async'; const fn = () => sleep(5)`,
    renamed: `import { sleep as nap, Queue } from 'threaded-async'\nconst fn = () => nap(5)`,
    lines: `import {\n  Queue,\n  sleep as nap,\n} from 'threaded-async'\nconst fn = () => nap(5)`,
    namespace: `import * as ta from 'threaded-async'\nconst fn = () => { const name = 'sleep'; return ta[name](5) }`,
    minified: `0;import{sleep as a}from'threaded-async';const fn=()=>a(5)`,
    dynamic: `const { sleep: nap } = await import('threaded-async')\nconst fn = () => nap(5)`,
    whole: `const ta = await import('threaded-async')\nconst fn = () => { const { sleep } = ta; return sleep(5) }`,
    alias: `import * as ta from 'threaded-async'\nconst nap = ta.sleep, rest = nap\nconst fn = () => rest(5)`,
    swapped: `import { sleep as fetch } from 'threaded-async'\nconst fn = () => fetch(5)`,
    compiled: `const ta = __importStar(await import('threaded-async'))\nconst fn = () => ta['sleep'](5)\nfunction __importStar(m) { return m }`,
    index: `const lazyRequire = () => ({})\nconst { sleep: nap } = lazyRequire(${ownIndex})\nconst fn = () => nap(5)`,
  }
  for (const text of Object.values(ours)) t.is((await meansIn(text))(), 'slept 5', text)
})

test('what a CommonJS file requires of the package is ours', async t => {
  const ours = [
    `const { sleep: nap } = require('threaded-async')\nconst fn = () => nap(5)`,
    `const nap = require('node:module').createRequire(__filename)('threaded-async').sleep\nconst fn = () => nap(5)`,
    `const ta_1 = require('threaded-async')\nconst fn = () => (0, ta_1.sleep)(5)`,
    `const ta_1 = __importStar(require('threaded-async'))\nconst fn = () => (0, ta_1.sleep)(5)\nfunction __importStar(m) { return m }`,
  ]
  for (const [index, text] of ours.entries()) t.is((await meansIn(text, `ours-${index}.cjs`))(), 'slept 5', text)
})

test('a name that the file binds otherwise is refused', async t => {
  const others = [
    [`import { Event } from './other.js'\nconst fn = () => new Event('elsewhere')`, 'Event'],
    [`import { Queue as Event } from 'threaded-async'\nconst fn = () => new sleep()\nconst sleep = 1`, 'sleep'],
    [`import { setTimeout } from 'node:timers/promises'\nconst fn = () => setTimeout(5)`, 'setTimeout'],
    [`import { sleep as nap } from './other.js'\nconst fn = () => nap(5)`, 'nap'],
    [`import * as ta from './other.js'\nconst fn = () => ta.sleep(5)`, 'ta'],
    [`let Event = class {}\nconst fn = () => new Event('let')`, 'Event'],
    [`class Event {}\nconst fn = () => new Event('class')`, 'Event'],
    [`function make(fetch) { return () => fetch('x') }\nconst fn = make()`, 'fetch'],
    [`const make = fetch => () => fetch('x')\nconst fn = make()`, 'fetch'],
    [`const make = (...[fetch]) => () => fetch('x')\nconst fn = make()`, 'fetch'],
    [`let fn\ntry { throw 1 } catch (fetch) { fn = () => fetch('x') }`, 'fetch'],
    [`let fn\nfor (const fetch of [1]) fn = () => fetch('x')`, 'fetch'],
    [
      `import { sleep } from 'threaded-async'\nconst make = (sleep) => async () => { const a = sleep(5); return a }\nconst fn = make()`,
      'sleep',
    ],
    [`const ta = { sleep: 1 }\nconst fn = () => ta.sleep()`, 'ta'],
    [`const make = (sleep) => ({ async method() { return sleep() } }).method\nconst fn = make()`, 'sleep'],
    [`let nap = 1\nnap = (await import('threaded-async')).sleep\nconst fn = () => nap(5)`, 'nap'],
    [`var a = b, b = a\nconst fn = () => a`, 'a'],
  ]
  for (const [text, variable] of others) await refusedIn(t, text, variable)
})

test('a name that the file binds to what every thread has is not refused', async t => {
  const same = [
    `import process from 'node:process'\nconst fn = () => typeof process.pid`,
    `import { setTimeout, clearTimeout } from 'node:timers'\nconst fn = () => { clearTimeout(setTimeout(() => {}, 1)); return 'number' }`,
    `import { Buffer } from 'node:buffer'\nconst fn = () => typeof Buffer.from('a').length`,
    `const { structuredClone } = globalThis\nconst fn = () => typeof structuredClone(1)`,
    `import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)\nconst fn = () => typeof require('node:process').pid`,
    `const make = (fetch) => fetch\nconst fn = () => { const a = typeof fetch; return a && 'number' }`,
    `import { Event } from './other.js'\nconst fn = () => 'Event'.length && 'number'`,
  ]
  for (const text of same) t.is((await meansIn(text))(), 'number', text)
})

test('a text that stands in a file more than once is accepted if one of the places allows it', async t => {
  const text = `import { sleep } from 'threaded-async'
    const make = (sleep) => async () => sleep(5)
    const fn = async () => sleep(5)`
  t.is(await (await meansIn(text))(), 'slept 5')
})

test('a file that cannot be parsed, or does not hold the text, refuses nothing by itself', async t => {
  const typed = `import { sleep as nap, type Queue } from 'threaded-async'\nimport { Event } from './other.js'\nlet a: number = 1\n`
  const path = write('typed.ts', `${typed}() => { const a = new Event(); return a }\n() => nap(5)`)
  const asIf = text => {
    const call = vm.compileFunction(`return describe(${text})`, ['describe'], { filename: path })
    return compile(call(describe), exported)
  }
  t.is(asIf('() => nap(5)')(), 'slept 5')
  t.true(asIf('() => { const a = new Event(); return a }')().isOurs)
  t.true(asIf('() => { const b = new Event(); return b }')().isOurs)
  t.throws(() => asIf('() => { const b = other(); return b }'), { code: 'ERR_CAPTURED_VARIABLE' })
})

test('the same text may mean one thing in one file and another in the next', async t => {
  const fn = 'const fn = () => pause(5)'
  t.is((await meansIn(`import { sleep as pause } from 'threaded-async'\n${fn}`))(), 'slept 5')
  t.is(
    (await meansIn(`import { Queue as pause } from 'threaded-async'\n${fn.replace('pause(5)', 'new pause()')}`))()
      .constructor,
    exported.Queue,
  )
  await refusedIn(t, `const pause = 1\n${fn}`, 'pause')
  t.is((await meansIn(`import { sleep as pause } from 'threaded-async'\n${fn}`))(), 'slept 5')
})

// The caller's file

const answer = worker => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))

const loop = write(
  'worker.js',
  `import { createRequire } from 'node:module'
  import { parentPort, workerData } from 'node:worker_threads'
  import { compile } from ${JSON.stringify(source)}
  const warnings = []
  process.on('warning', (warning) => warnings.push(warning.message))
  const fn = compile(workerData.description, { sleep: (ms) => 'slept ' + ms })
  let result
  try { result = await fn(...workerData.args) } catch (error) { result = error }
  await new Promise((resolve) => setImmediate(resolve))
  const loaded = Object.keys(createRequire(import.meta.url).cache).filter((name) => /acorn|eslint|estraverse/.test(name))
  parentPort.postMessage({ result, warnings, loaded })`,
)

/** Compiles and runs in a worker, as a loop would. */
const inWorker = async (description, ...args) => {
  const worker = new Worker(loop, { workerData: { description, args }, stderr: true })
  try {
    return await answer(worker)
  } finally {
    await worker.terminate()
  }
}

test('import() and require resolve against the file that called, in a worker, without a warning', async t => {
  const esm = await describedIn(
    `const fn = async () => (await import('./other.js')).here`,
    'deep [1]/percent %20/calls.mjs',
  ).catch(error => error)
  t.true(esm instanceof Error === false)
  write('deep [1]/percent %20/other.js', 'export const here = import.meta.url')
  const { result, warnings, loaded } = await inWorker(esm)
  t.is(result, pathToFileURL(join(folder, 'deep [1]/percent %20/other.js')).href)
  t.deepEqual(warnings, [])
  t.deepEqual(loaded, [])

  const required = await describedIn(
    `const fn = async () => [require('./other.cjs').here, (await import('./other.js')).here]`,
    'calls.cjs',
  )
  const [fromRequire, fromImport] = (await inWorker(required)).result
  t.is(fromRequire, join(folder, 'other.cjs'))
  t.is(fromImport, pathToFileURL(join(folder, 'other.js')).href)

  const json = await describedIn(
    `const fn = async () => (await import('./package.json', { with: { type: 'json' } })).default.type`,
  )
  t.is((await inWorker(json)).result, 'module')

  const vite = await describedIn(
    `const __vite_ssr_dynamic_import__ = 1\nconst fn = async () => (await __vite_ssr_dynamic_import__('./other.js')).Queue`,
  )
  t.is((await inWorker(vite)).result, 2)
})

test('an error in a task points at its place in the file', async t => {
  const text = `// one\r\nconst object = {\r\n  async method(a,\r\n    b) { throw new Error('here') } }\r\nconst fn = object.method`
  const { result } = await inWorker(await describedIn(text, 'points.mjs'))
  t.regex(result.stack, /method \(file:.*points\.mjs:4:16\)/)
  const arrow = await describedIn(`const fn = () => { const self = new Error('here'); throw self }`, 'arrow.mjs')
  t.regex((await inWorker(arrow)).result.stack, /arrow\.mjs:1:33/)
})

test('the same function from two files imports from each', async t => {
  write('two/other.js', 'export const here = import.meta.url')
  const shared = write('shared.mjs', `export const fn = async () => (await import('./other.js')).here`)
  const text = `import { fn } from ${JSON.stringify(pathToFileURL(shared).href)}`
  const [first, second] = [await describedIn(text, 'first.mjs'), await describedIn(text, 'two/second.mjs')]
  t.is((await inWorker(first)).result, pathToFileURL(join(folder, 'other.js')).href)
  t.is((await inWorker(second)).result, pathToFileURL(join(folder, 'two/other.js')).href)
})

test('code without a file imports from the working directory', t => {
  const program = fn => `
    import(${JSON.stringify(source)}).then(async ({ describe, compile, setExportNames }) => {
      console.log(await compile(describe(${fn}), {})())
    }, console.error)`
  const run = (fn, ...flags) => {
    const { stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', program(fn)], {
      cwd: folder,
      encoding: 'utf8',
    })
    return stdout.trim() + stderr
  }
  const here = pathToFileURL(join(folder, 'other.js')).href
  t.is(run(`async () => (await import('./other.js')).here`), here)
  t.is(run(`async () => (await import('./other.js')).here`, '--input-type=module'), here)
  t.is(run(`() => require('./other.cjs').here`), join(folder, 'other.cjs'))
  t.regex(run(`() => fs.readFileSync`), /captures `fs`/)
  t.is(run(`() => process.pid > 0`), 'true')
})

// What is kept

test('the same function, and the same text, has one description', t => {
  const make = () => async a => {
    const b = await a
    return b
  }
  const first = make()
  t.is(describe(first), describe(first))
  t.is(describe(first), describe(make()))
  t.not(
    describe(first),
    describe(async a => {
      const c = await a
      return c
    }),
  )
})

test('a plain function is read without the parser, any other with it', t => {
  const program = `
    import { createRequire } from 'node:module'
    import { describe, setExportNames } from ${JSON.stringify(source)}
    setExportNames(['sleep'])
    const loaded = () => Object.keys(createRequire(${JSON.stringify(source)}).cache).some((name) => /acorn/.test(name))
    describe(async (queue, ms) => { for (;;) await queue.put({ item: await queue.get(), ...await sleep(ms) }) })
    const before = loaded()
    describe(() => { const a = 1; return a })
    console.log(before, loaded())`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  t.is(stdout.trim(), 'false true')
})

test('sources without end do not grow without end', async t => {
  const program = `
    import { describe } from ${JSON.stringify(source)}
    for (let i = 0; i < 2500; i++) describe(new Function('return ' + i + ' '.repeat(100_000)))
    console.log('pass')`
  const flags = ['--max-old-space-size=200', '--input-type=module', '-e', program]
  const { stdout } = await promisify(execFile)(process.execPath, flags)
  t.is(stdout.trim(), 'pass')
})

// Compilers

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
  const names = ['arrow', 'imports', 'generator', 'resources', 'plainFunction', 'inherited', 'template']
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
          platform: 'node',
        })
        const path = write(`esbuild-${target}-${keepNames}.${extension}`, code)
        await runSample(t, path, `${target} ${format} ${keepNames}`)
      }
    }
  })
}

for (const target of ['es2015', 'es2017', 'es2022']) {
  test(`TypeScript, ${target}`, async t => {
    write('typescript/sample.ts', sample)
    write('typescript/other.js', readFileSync(join(folder, 'other.js'), 'utf8'))
    write('typescript/node_modules/threaded-async/package.json', '{ "main": "./index.js", "type": "module" }')
    write('typescript/node_modules/threaded-async/index.js', 'export const sleep = (ms) => `slept ${ms}`')
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    for (const [module, extension] of [
      ['commonjs', 'cjs'],
      ['esnext', 'mjs'],
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
      ]
      const out = join(folder, 'typescript', `${target}-${module}`)
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
      write(`typescript/${target}.${extension}`, readFileSync(join(out, 'sample.js'), 'utf8'))
      await runSample(t, join(folder, `typescript/${target}.${extension}`), `${target} ${module}`)
    }
  })
}

test('tsx', async t => {
  const program = `
    import { describe, compile, setExportNames } from ${JSON.stringify(source)}
    import { sleep as nap, Queue } from 'threaded-async'
    setExportNames(['sleep', 'Queue'])
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
