// The file that calls: what the names of an inline function mean there, what it imports from, and what is kept of it.

import test from 'ava'
import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import vm from 'node:vm'
import { compile, describe } from '../../dist/internals.js'
import { describedIn, exported, folder, inWorker, meansIn, refusedIn, source, write } from './source-fixture.mjs'

// What names mean in the file that calls

const ownIndex = JSON.stringify(new URL('index.js', source).href)

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
    import(${JSON.stringify(source)}).then(async ({ describe, compile, setExports }) => {
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
    import { describe, setExports } from ${JSON.stringify(source)}
    setExports({ sleep: undefined })
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
