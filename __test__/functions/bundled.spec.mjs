// What bundlers make of inline functions that use what their file imports: the same runs as before, or is refused.
//
// `bundled/` has the bundles, as the tool in their first line has written them. `runs` and `captured` tell what the
// functions in them use. Of what a bundler itself gets wrong, its bundle has no function: Bun and `export *` of a package
// that stays outside, Parcel and `export … from` one, or two ways to import one.

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

/** What a function of the bundle returns for 'x', and what is written in it. */
const runs = {
  named: 'x', // import { sleep } from 'threaded-async'
  renamed: false, // import { Event as Happening }
  whole: Infinity, // import * as ta: `ta.sleep(1)`
  taken: false, // `const { sleep: s } = ta`
  reexports: Infinity, // helpers.mjs: export { sleep as reexported } from 'threaded-async'
  wholeReexport: Infinity, // helpers.mjs: export * as everything from 'threaded-async'
  helperModule: Infinity, // import * as helpers from './helpers.mjs': `helpers.reexported(1)`
  star: Infinity, // import { Queue } from './star.mjs', which has `export * from 'threaded-async'`
  starModule: Infinity, // import * as star from './star.mjs', which has an export of its own
  derived: 2, // class Mine extends Queue
  typeofName: 'function', // `typeof sleep`
  globals: 2, // import { Buffer } from 'node:buffer', { performance } from 'node:perf_hooks'
  renamedGlobal: 2, // import { Buffer as Bytes }, * as buffers from 'node:buffer'
  globalModule: 'number', // import process from 'node:process'
  builtin: 'b', // `(await import('node:path')).basename('/a/b')`
  builtinTaken: '/a', // `const { dirname } = await import('node:path')`
  builtinDefault: 'b', // `(await import('node:path')).default.basename('/a/b')`
  chained: 'b', // `import('node:path').then(…)`
  several: 'bfunction', // `Promise.all([import('node:path'), import('node:fs/promises')])`
  itself: Infinity, // `await import('threaded-async')`
  method: 'x',
}

/** What is refused in a bundle, as it is in the files that went into it. */
const captured = [
  ...['helper', 'helperOfModule', 'defaultExport'], // functions of helpers.mjs, which use a variable there
  ...['class', 'classOfModule', 'constant', 'ofStar'], // of helpers.mjs and star.mjs
  ...['commonjs', 'json'], // require('./third.cjs'), import data from './data.json'
  ...['timers', 'builtinAtTop', 'builtinModuleAtTop'], // import { setTimeout } from 'node:timers/promises', path from 'node:path'
  ...['enumeration', 'local', 'variable'], // what is declared at the top
  'inside', // `(await import('./later.mjs')).here`, which is in the bundle
]

/** Parcel leaves of an `import()` a variable, which does not say that it was one. */
const isLost = (name, key) => name.startsWith('parcel') && /^(?:builtin|chained|several|itself)/.test(key)

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bundled-')))
test.after.always(() => rmSync(folder, { recursive: true }))
mkdirSync(join(folder, 'node_modules'))
symlinkSync(root, join(folder, 'node_modules', 'threaded-async'), 'dir')

const runner = new exported.AsyncRunner()
test.after.always(() => runner.close())

for (const fixture of readdirSync(new URL('bundled/', import.meta.url))) {
  const name = fixture.replace(/\.txt$/, '')
  const text = readFileSync(new URL(`bundled/${fixture}`, import.meta.url), 'utf8')
  const [, tool] = /^\/\/ (.*)/.exec(text)
  test(`functions of a bundle run with what they import: ${tool} (${name})`, async t => {
    const file = join(folder, name)
    writeFileSync(file, text)
    const bundle = name.endsWith('.mjs') ? await import(pathToFileURL(file).href) : createRequire(file)(file)
    const call = vm.compileFunction('return runner.run(fn, ["x"])', ['runner', 'fn'], { filename: file })
    for (const [key, fn] of Object.entries(bundle.functions)) {
      if (isLost(name, key)) t.throws(() => call(runner, fn), { code: 'ERR_CAPTURED_VARIABLE' }, key)
      else t.is(call(runner, fn), runs[key], key)
    }
    for (const [key, fn] of Object.entries(bundle.captured)) {
      t.true(captured.includes(key), key)
      t.throws(() => call(runner, fn), { code: 'ERR_CAPTURED_VARIABLE' }, key)
    }
  })
}
