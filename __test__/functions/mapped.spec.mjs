// Stacks and names of inline functions tell where they were written, whatever has compiled them.

import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { root, run } from '../support/program.mjs'

const text = `import { AsyncRunner } from 'threaded-async'

interface Big {
  a: number
}

const runner = new AsyncRunner()
const placesOf = (call: () => unknown): string => {
  try {
    call()
    return ''
  } catch (error) {
    return [...(error as Error).stack!.matchAll(/prog\\.ts:(\\d+:\\d+)/g)].map(found => found[1]).slice(0, 2).join(' ')
  }
}
const typed = placesOf(() => runner.run(async (x: number): Promise<Big> => {
  const y: number = x
  throw new Error('in line 18' + y)
}, [1]))
const plain = placesOf(() => runner.run(() => { throw new Error('in line 20') }))
const once = placesOf(() => runner.run(() => { throw new Error('twice') }))
const again = placesOf(() => runner.run(() => { throw new Error('twice') }))
const asItIs = placesOf(() => runner.run(function () {
  throw new Error("as it is"); }))
const kept = async function named(): Promise<never> {
  const deep = async (): Promise<never> => {
    await null
    throw new Error('in line 28')
  }
  return await deep()
}
const later = placesOf(() => runner.run(kept))
const captured = { x: 1 }
let refused = ''
try {
  runner.run((): number => captured.x)
} catch (error) {
  refused = /prog\\.ts:\\d+/.exec((error as Error).message)![0]
}
const task = runner.createTask((): number => 1 as number)
console.log([typed, plain, once, again, asItIs, later, refused, task.name].join('\\n'))
task.wait()
runner.close()
`
const expected = `18:9 16:37
20:55 20:37
21:54 21:36
22:55 22:37
24:9 23:38
28:11 30:10
prog.ts:36
anonymous (prog.ts:40)
`

const folder = mkdtempSync(join(tmpdir(), 'mapped-'))
mkdirSync(join(folder, 'node_modules'))
symlinkSync(root, join(folder, 'node_modules', 'threaded-async'), 'dir')
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
writeFileSync(join(folder, 'prog.ts'), text)
const options = { cwd: folder }

test('under tsx', async t => {
  const { stdout, stderr } = await run([join(root, 'node_modules/tsx/dist/cli.mjs'), 'prog.ts'], options)
  t.is(stdout, expected, stderr)
})

test('under tsx, as CommonJS', async t => {
  const cwd = join(folder, 'commonjs')
  mkdirSync(join(cwd, 'node_modules'), { recursive: true })
  symlinkSync(root, join(cwd, 'node_modules', 'threaded-async'), 'dir')
  writeFileSync(join(cwd, 'package.json'), '{ "type": "commonjs" }')
  writeFileSync(join(cwd, 'prog.ts'), text)
  const { stdout, stderr } = await run([join(root, 'node_modules/tsx/dist/cli.mjs'), 'prog.ts'], { cwd })
  t.is(stdout, expected, stderr)
})

test('compiled by tsc, with source maps', async t => {
  const flags = '--sourceMap --module nodenext --target es2020 --outDir out --skipLibCheck --types node --typeRoots'
  const types = join(root, 'node_modules/@types')
  await run([join(root, 'node_modules/typescript/bin/tsc'), ...flags.split(' '), types, 'prog.ts'], options)
  const { stdout, stderr } = await run(['--enable-source-maps', 'out/prog.js'], options)
  t.is(stdout, expected, stderr)
})

// As Vitest and Jest do: the file is compiled in memory, and what formats stacks is replaced.
for (const [name, where] of [
  ['of the program', 'Error'],
  ['of another realm', "vm.runInContext('Error', context)"],
]) {
  test(`compiled in memory, with stacks formatted by a hook ${name}`, async t => {
    const program = `
      import { readFileSync } from 'node:fs'
      import { createRequire, SourceMap } from 'node:module'
      import vm from 'node:vm'
      import esbuild from ${JSON.stringify(import.meta.resolve('esbuild'))}
      const path = ${JSON.stringify(join(folder, 'prog.ts'))}
      const text = readFileSync(path, 'utf8')
      const { code, map } = esbuild.transformSync(text, { loader: 'ts', format: 'cjs', sourcemap: true, sourcefile: path })
      const sourceMap = new SourceMap(JSON.parse(map))
      const context = vm.createContext({ process, console, require: createRequire(path) })
      Error.prepareStackTrace = (error, sites) => String(error) + sites.map(site => {
        const clone = Object.fromEntries(Object.getOwnPropertyNames(Object.getPrototypeOf(site)).map(key => [key, /^(is|get)/.test(key) ? () => site[key]() : site[key]]))
        const before = clone.getLineNumber() === 3 ? 7 : 0
        const { originalLine, originalColumn } = clone.getFileName() === path ? sourceMap.findEntry(clone.getLineNumber() - 3, clone.getColumnNumber() - 1 - before) : {}
        const place = originalLine === undefined ? clone.getFileName() + ':' + clone.getLineNumber() + ':' + clone.getColumnNumber() : path + ':' + (originalLine + 1) + ':' + (originalColumn + 1)
        return '\\n    at ' + (clone.getFunctionName() ? clone.getFunctionName() + ' (' + place + ')' : place)
      }).join('')
      const wrapped = '\\n\\nbefore;' + code.replace('"use strict";', '             ')
      const params = ['require', 'module', 'exports', 'before']
      const isOther = ${JSON.stringify(where)} !== 'Error'
      const main = vm.compileFunction(wrapped, params, { filename: path, ...(isOther && { parsingContext: context }) })
      main(createRequire(path), { exports: {} }, {}, 0)`
    writeFileSync(join(folder, `${where.length}.mjs`), program)
    const { stdout, stderr } = await run([`${where.length}.mjs`], options)
    t.is(stdout, expected, stderr)
  })
}

const strips = process.features.typescript === 'strip' ? test : test.skip
strips('with its types stripped by Node', async t => {
  const { stdout, stderr } = await run(['prog.ts'], options)
  t.is(stdout, expected, stderr)
})
