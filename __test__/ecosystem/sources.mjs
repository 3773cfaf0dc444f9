// The files that projects are made of: the checks in three dialects, and the programs that run them.
//
// Promises that each dialect is what somebody would write, and no compiler's output.

import { transformSync } from 'esbuild'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../tools/prepare.mjs'

const fileOf = name => readFileSync(new URL(`files/${name}`, import.meta.url), 'utf8')
const typescript = fileOf('checks.ts')
const { code: javascript } = transformSync(typescript, { loader: 'ts', target: 'esnext' })
const commonjs = javascript
  .replace(/^import (\{[^}]*\}) from ("[^"]*");$/gm, 'const $1 = require($2)')
  .replace(/^export (async function (\w+))/gm, 'exports.$2 = $2\n$1')
  .replace(/^export \{[^}]*\};?$/gm, 'exports.check = check')

const greet = { 'greet.mjs': fileOf('greet.mjs') }
const modules = { 'tasks.mjs': fileOf('tasks.mjs'), 'tasks.cjs': fileOf('tasks.cjs'), 'tasks.ts': fileOf('tasks.ts') }

/** ES modules, with the program `main.mjs`. */
export const esm = {
  ...greet,
  ...modules,
  'checks.mjs': javascript,
  'main.mjs': `import { check } from './checks.mjs'\n\nawait check(new URL('./tasks.mjs', import.meta.url))\n`,
}

/** CommonJS, with the program `main.cjs`. */
export const cjs = {
  ...greet,
  ...modules,
  'checks.cjs': commonjs,
  'main.cjs': `const { join } = require('node:path')
const { pathToFileURL } = require('node:url')
const { check } = require('./checks.cjs')

check(pathToFileURL(join(__dirname, 'tasks.cjs')))
`,
}

/** TypeScript, which the program `main.ts` imports as `./checks`, with an ending; its tasks are in the file given. */
export function ts(ending = '.ts', tasks = 'tasks.mjs') {
  return {
    ...greet,
    ...modules,
    'greet.d.mts': fileOf('greet.d.mts'),
    'checks.ts': typescript,
    'main.ts': `import { check } from './checks${ending}'\n\nvoid check(new URL('./${tasks}', import.meta.url))\n`,
  }
}

/** The same, for what becomes CommonJS. */
export function tsInCommonJS(ending = '.js', tasks = 'tasks.cjs') {
  return {
    ...ts(),
    'main.ts': `import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { check } from './checks${ending}'

void check(pathToFileURL(join(__dirname, '${tasks}')))
`,
  }
}

/** The examples of the package, and what compares their output. */
export function examples() {
  const names = readdirSync(join(root, 'examples'), { recursive: true }).filter(name => /\.\w+$/.test(name))
  const texts = names.map(name => [`examples/${name}`, readFileSync(join(root, 'examples', name), 'utf8')])
  return { ...Object.fromEntries(texts), 'examples.mjs': fileOf('examples.mjs') }
}
