// Programs that a bundler has put together, with this package left out, and with it inside.
//
// Promises that the first run as ever, and that the others fail when the package is loaded, with a sentence that says what
// to do: a loop would start with the whole bundle otherwise. docs/bundlers.md has the bundlers.

import test from 'ava'
import { build } from 'esbuild'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { rollup } from 'rollup'
import { ends, root } from '../support/program.mjs'

const project = mkdtempSync(join(tmpdir(), 'threaded-async-bundled-'))
const work = `
const runner = new AsyncRunner()
console.log(runner.run(async number => number * 2, [21]))
runner.close()
`
const sources = {
  'import.mjs': `import { AsyncRunner } from 'threaded-async'\n${work}`,
  'require.cjs': `const { AsyncRunner } = require('threaded-async')\n${work}`,
}

test.before(() => {
  mkdirSync(join(project, 'node_modules'))
  symlinkSync(root, join(project, 'node_modules/threaded-async'), 'junction')
  for (const [name, text] of Object.entries(sources)) writeFileSync(join(project, name), text)
})

test.after.always(() => rmSync(project, { recursive: true, force: true }))

const byEsbuild = (entry, outfile, format, external) =>
  build({
    entryPoints: [join(project, entry)],
    outfile,
    format,
    external,
    bundle: true,
    platform: 'node',
    logLevel: 'silent',
    loader: { '.node': 'copy' },
  })

/** It takes modules for ES modules, and resolves none by itself. */
async function byRollup(entry, file, format, external) {
  const resolveId = id => (id === 'threaded-async' ? join(root, 'dist/index.js') : null)
  const bundle = await rollup({
    input: join(project, entry),
    external: [...external, /^node:/],
    plugins: [{ name: 'own', resolveId }],
  })
  await bundle.write({ file, format: format === 'esm' ? 'es' : 'cjs' })
}

const bundlers = [
  ['esbuild', byEsbuild, 'import.mjs', 'esm'],
  ['esbuild', byEsbuild, 'import.mjs', 'cjs'],
  ['esbuild', byEsbuild, 'require.cjs', 'cjs'],
  ['rollup', byRollup, 'import.mjs', 'esm'],
  ['rollup', byRollup, 'import.mjs', 'cjs'],
]

const refusal =
  /\nError: threaded-async is part of a bundle.*external: \['threaded-async'\].*docs\/bundlers\.md[^]*ERR_BUNDLED/

for (const [name, bundle, entry, format] of bundlers) {
  const file = join(project, `${name}-${entry}-${format}`, format === 'esm' ? 'out.mjs' : 'out.cjs')

  test(`${name}, ${entry} as ${format}: left out of the bundle, it works`, async t => {
    const outside = file.replace('out.', 'outside.')
    await bundle(entry, outside, format, ['threaded-async'])
    await ends(t, [outside], { expected: { stdout: '42\n' } })
  })

  test(`${name}, ${entry} as ${format}: inside, the load says that it must be left out`, async t => {
    await bundle(entry, file, format, [])
    await ends(t, [file], { expected: { code: 1, stdout: '', stderr: refusal } })
  })
}

test('inside a bundle of ES modules that has required it, the load says the same', async t => {
  const file = join(project, 'required/out.mjs')
  await byEsbuild('require.cjs', file, 'esm', [])
  await ends(t, [file], { expected: { code: 1, stdout: '', stderr: refusal } })
})

test('a copy of one of its files alone says the same, under its own name and under another', async t => {
  const folder = join(project, 'copies')
  mkdirSync(folder)
  for (const [from, to] of [
    ['threaded-async.cjs', 'threaded-async.cjs'],
    ['threaded-async.cjs', '0f3a.cjs'],
    ['index.js', 'index.mjs'],
  ]) {
    const place = join(folder, to.replace('.', '-'), to)
    mkdirSync(dirname(place))
    copyFileSync(join(root, 'dist', from), place)
    await ends(t, [place], { expected: { code: 1, stdout: '', stderr: refusal } })
  }
})

test('the page that the sentence names is there', t => {
  t.true(existsSync(join(root, 'docs/bundlers.md')))
})
