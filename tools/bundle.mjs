// Makes the JavaScript of dist out of the TypeScript: one file, by esbuild.
//
// Promises that each module is in dist once: `index.js`, `index.cjs`, and `internals.js` for the specs, only pass on what
// the one file exports. So `import` and `require` give the same classes. `lib/bundle.ts` says why there is one file.

import { build } from 'esbuild'
import { createRequire } from 'node:module'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onlyOn } from './engines.mjs'
import { linking, modulesOf, parts, placesOf, sharedNames } from './parts.mjs'

/** What a program is told in which a bundler has put this package; the bundler cannot put all of its files there. */
const bundled =
  'threaded-async is part of a bundle, where it does not find its own files: the native addon, and what its threads start with. ' +
  "Keep it out of the bundle (external: ['threaded-async']) and installed beside it; docs/bundlers.md in the package says how."

/** Node.js prints the line that throws: the sentence need not stand there, too. */
const throwBundled = `
  const sentence = ${JSON.stringify(bundled)}
  throw globalThis.Object.assign(new globalThis.Error(sentence), { code: 'ERR_BUNDLED' })`

/**
 * In a bundle the name of this file is that of the bundle, or of a file that is not there any more, or there is none. A
 * thread must not start with the whole bundle. A module of Node.js knows the same name, and its file need not be looked for.
 */
const onlyByItself = name => `if (
  typeof __filename !== 'string' ||
  !__filename.endsWith('${name}') ||
  (module.filename !== __filename && !require('node:fs').existsSync(__filename))
) {${throwBundled}
}
`

/**
 * A thread has one copy, however often its loader evaluates the file: each would listen to the process, and have a place
 * in the core, for as long as the thread lives. `lib/bundle.ts` keeps the copy. Another realm of the thread has its own,
 * as its values need its own classes. All is in a function, from which to return: outside of one, programs that rewrite
 * the file, as bundlers do with what they copy, take that for a mistake.
 */
const onlyOnce = `'use strict'
;(function () {
${onlyByItself('threaded-async.cjs')}const kept = globalThis[Symbol.for('threaded-async:' + __filename)]
if (kept !== undefined) {
  module.exports = kept
  return
}
let modulesIn, provide
`

/**
 * The others begin with what every module of theirs uses. A loop loads some when a program may have tampered with the
 * language: esbuild's own functions look up some of `Object`, and walk what they define by `in`.
 */
const onlyWithin = `'use strict'
module.exports = (function (modulesIn, module) {
const {
  Object_create: create,
  Object_defineProperty: define,
  Object_getOwnPropertyDescriptor: getOwnPropertyDescriptor,
  Object_getOwnPropertyNames: getOwnPropertyNames,
  Object_getPrototypeOf: getPrototypeOf,
  Object: { prototype },
} = modulesIn('base').globals()
const defineProperty = (object, key, descriptor) => {
  const isOurs = descriptor.get === undefined || typeof descriptor.get === 'function'
  return isOurs ? define(object, key, { __proto__: null, ...descriptor }) : object
}
const Object = { create, defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames, getPrototypeOf, prototype }
const provide = modules => {
  module.exports.modules = modules
}
;(function () {
`

/**
 * Writes it, and returns the names of what it exports; `root` is the folder of the project. The addon must be there, as
 * what is exported is seen by loading it.
 */
export async function bundle(root) {
  const dist = join(root, 'dist')
  const require = createRequire(import.meta.url)
  const { version, engines } = require('../package.json')
  const modules = await modulesOf(root)
  const places = placesOf(modules)
  const shared = sharedNames(modules, places)
  const capturedOnes = await capturedFunctions(root)
  shared.set('lib/globals.ts', modules.get('lib/globals.ts').names)
  for (const part of parts) {
    const wrap = part === 'base' ? [onlyOnce + onlyOn(engines.node, version), '})()'] : [onlyWithin, '})()\n})']
    await partFile(root, part, wrap, {
      define: { VERSION: JSON.stringify(version), BUNDLED: JSON.stringify(bundled), ...capturedOnes },
      plugins: [linking(root, part, places, shared), captured, binding],
    })
  }
  await startFile(root, dist)
  const { index, internals } = require(join(dist, 'start.cjs')).everything()
  const names = Object.keys(index)
  await plugin(root, version, names)
  await bundleTop(root, version)
  await bundleNats(root)
  writeFileSync(join(dist, 'index.cjs'), required(names))
  writeFileSync(join(dist, 'index.js'), imported(names))
  // What the loops of synchronized modules and of pools import.
  passOn(join(dist, 'synchronized.js'), ['load', 'perform'], 'all.internals')
  passOn(join(dist, 'pool.js'), ['ringAtEnd'], 'all.internals')
  passOn(join(dist, 'internals.js'), Object.keys({ ...index, ...internals }), '{ ...all.index, ...all.internals }')
  return names
}

/** One of the files that `tools/parts.mjs` divides the package into. */
async function partFile(root, part, [banner, footer], options) {
  const isBase = part === 'base'
  const outfile = join(root, 'dist', isBase ? 'threaded-async.cjs' : `threaded-async.${part}.cjs`)
  await build({
    stdin: {
      contents: isBase ? `import 'links'\nimport 'table'\nexport * from './lib/parts/base.js'` : `import 'table'`,
      resolveDir: root,
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'external', // Node.js would read one that the file names at each start with `--enable-source-maps`.
    banner: { js: banner },
    footer: { js: footer },
    inject: [globals(root)],
    external: ['acorn', 'eslint-scope', 'tslib', './threaded-async.*.cjs'],
    ...options,
  })
  writeFileSync(outfile, inAscii(withPlainNames(readFileSync(outfile, 'utf8'))))
}

/** The plugin for ESLint: `require` gives the plugin itself, `import` has it as the default export. */
async function plugin(root, version, names) {
  const dist = join(root, 'dist')
  await build({
    entryPoints: [join(root, 'lib', 'eslint', 'plugin.ts')],
    outfile: join(dist, 'eslint-plugin.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    footer: { js: 'module.exports = module.exports.default' },
    define: { VERSION: JSON.stringify(version), EXPORTS: JSON.stringify(names) },
    external: ['acorn', 'eslint-scope', 'tslib'],
  })
  const lines = [
    `import { createRequire } from 'node:module'`,
    `export default createRequire(import.meta.url)('./eslint-plugin.cjs')`,
  ]
  writeFileSync(join(dist, 'eslint-plugin.js'), `${lines.join('\n')}\n`)
}

/** The file that threads start with, and that loads the bundle; `lib/native/start.ts` says why. */
async function startFile(root, dist) {
  await build({
    entryPoints: [join(root, 'lib', 'native', 'start.ts')],
    outfile: join(dist, 'start.cjs'),
    banner: { js: `'use strict'\n${onlyByItself('start.cjs')}` },
    define: { BUNDLED: JSON.stringify(bundled) },
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logOverride: { 'commonjs-variable-in-esm': 'silent' },
  })
}

/** `threaded-async/top`: its front, the thread that looks on, and the command that looks at another process. */
async function bundleTop(root, version) {
  const dist = join(root, 'dist')
  const parts = { top: 'top.ts', 'top-thread': 'thread.ts', cli: 'attach.ts' }
  for (const [name, file] of Object.entries(parts)) {
    await build({
      entryPoints: [join(root, 'lib', 'top', file)],
      outfile: join(dist, `${name}.cjs`),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      banner: name === 'cli' ? { js: '#!/usr/bin/env node' } : {},
      define: { VERSION: JSON.stringify(version) },
      plugins: [binding],
    })
  }
  chmodSync(join(dist, 'cli.cjs'), 0o755)
  writeFileSync(
    join(dist, 'top.js'),
    `import { createRequire } from 'node:module'\nexport const { top } = createRequire(import.meta.url)('./top.cjs')\n`,
  )
}

/** `threaded-async/nats`: its front, and what runs on its loop, and on those of hosts. All take the rest from the one file. */
async function bundleNats(root) {
  const dist = join(root, 'dist')
  const folder = join(root, 'lib', 'nats')
  const parts = {
    nats: join(folder, 'nats.ts'),
    'nats-loop': join(folder, 'loop', 'main.ts'),
    'nats-host': join(folder, 'loop', 'host.ts'),
  }
  for (const [name, entry] of Object.entries(parts)) {
    await build({
      entryPoints: [entry],
      outfile: join(dist, `${name}.cjs`),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      plugins: [fromWhole(folder)],
      external: ['@nats-io/*'],
    })
  }
  const names = 'NatsLink, NatsQueue, Delivery, NatsTasks, NatsWork'
  writeFileSync(
    join(dist, 'nats.js'),
    `import { createRequire } from 'node:module'\nexport const { ${names} } = createRequire(import.meta.url)('./nats.cjs')\n`,
  )
}

/** What a file of this folder imports from outside of it is taken from the one file. */
const fromWhole = folder => ({
  name: 'from-whole',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      if (join(resolveDir, path).startsWith(join(folder, '/'))) return undefined
      return path === './start.cjs' ? { path, external: true } : { path: 'whole', namespace: 'whole' }
    })
    const contents = `const all = require('./start.cjs').everything(); module.exports = { ...all.index, ...all.internals }`
    onLoad({ filter: /.*/, namespace: 'whole' }, () => ({ contents, resolveDir: join(folder, '..') }))
  },
})

/** `import { writeSync } from 'node:fs'` takes the function once, so that what a program puts in its place is not seen. */
const captured = {
  name: 'captured',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]lib[\\/].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      const contents = source.replace(/^import \{([^}]*)\} from ('node:[^']*')/gm, (_, names, module) => {
        const values = names.split(',').filter(name => !/^\s*type\s/.test(name))
        return `const {${values.join()}} = require(${module})`
      })
      return { contents, loader: 'ts' }
    })
  },
}

/** The loader of the native addon, by its place: not every tool that collects a program's files knows `imports`. */
const binding = {
  name: 'binding',
  setup({ onResolve }) {
    onResolve({ filter: /^#binding$/ }, () => ({ path: '../binding.cjs', external: true }))
  },
}

/** A class that names itself in its body is called otherwise there, and so wherever it is shown. */
function withPlainNames(code) {
  const names = [...code.matchAll(/^ *var (\w+) = class _\1\b/gm)].map(([, name]) => name)
  return names.reduce((text, name) => text.replaceAll(new RegExp(`\\b_${name}\\b`, 'g'), name), code)
}

/** What is not is in comments only: esbuild writes the rest so. The text is then read, and kept, a byte a character. */
function inAscii(code) {
  return code.replaceAll(/[^\0-\x7f]/g, '?')
}

/** What global names mean in the package; the file says why. */
function globals(root) {
  return join(root, 'lib', 'globals.ts')
}

/** `Object.keys` becomes `Object_keys`, which the same file exports. */
async function capturedFunctions(root) {
  const { metafile } = await build({
    entryPoints: [globals(root)],
    write: false,
    metafile: true,
    format: 'esm',
    outdir: '.',
    platform: 'node',
  })
  const names = Object.values(metafile.outputs).flatMap(({ exports }) => exports)
  const captured = names.filter(name => name.includes('_'))
  return Object.fromEntries(captured.map(name => [name.replace('_', '.'), name]))
}

/** By `require`, which gives every loader of Node's and of others the same copy. */
function passOn(file, names, from) {
  const lines = [
    `import { createRequire } from 'node:module'`,
    `const all = createRequire(import.meta.url)('./start.cjs').everything()`,
    `export const { ${names.join(', ')} } = ${from}`,
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
}

/** What `import` gives: the same. Bundlers see the file's place, and copy it where they can. */
function imported(names) {
  const lines = [
    `import { createRequire } from 'node:module'`,
    `import { fileURLToPath } from 'node:url'`,
    `const { load, file } = place()`,
    `export const { ${names.join(', ')} } = load(file).everything().index`,
    `function place() {`,
    `  try {`,
    `    const url = new URL('./start.cjs', import.meta.url)`,
    `    const load = createRequire(url)`,
    `    return { load, file: load.resolve(fileURLToPath(url)) }`,
    `  } catch {${throwBundled}`,
    `  }`,
    `}`,
  ]
  return `${lines.join('\n')}\n`
}

/** What `require` gives; each name by an assignment of its own, which those who only read the text understand. */
function required(names) {
  const lines = [
    `'use strict'`,
    `Object.defineProperty(exports, '__esModule', { value: true })`,
    `const all = require('./start.cjs').everything().index`,
    ...names.map(name => `exports.${name} = all.${name}`),
  ]
  return `${lines.join('\n')}\n`
}
