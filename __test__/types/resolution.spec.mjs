// The declarations of the package, as programs of every kind find them: each way to resolve modules, `import` and
// `require`, more than one version of TypeScript.
//
// Promises that they compile with everything checked that can be, declarations of packages included, and that a wrong
// argument is an error: that what was found is no `any`.

import test from 'ava'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PATIENCE, root, run } from '../support/program.mjs'

const project = mkdtempSync(join(tmpdir(), 'threaded-async-types-'))

const esm = { type: 'module' }
const cjs = { type: 'commonjs' }
const ways = [
  ['nodenext, ES module', { module: 'nodenext', moduleResolution: 'nodenext' }, esm],
  ['nodenext, CommonJS', { module: 'nodenext', moduleResolution: 'nodenext' }, cjs],
  ['node16, ES module', { module: 'node16', moduleResolution: 'node16' }, esm],
  ['node16, CommonJS', { module: 'node16', moduleResolution: 'node16' }, cjs],
  ['bundler', { module: 'esnext', moduleResolution: 'bundler' }, esm],
  ['node10', { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' }, cjs],
]

const all = ways.map(([name]) => name)

/** Those that the development dependencies bring, with the ways each is tried in. */
const compilers = [
  [5.6, join(realpathSync(join(root, 'node_modules/@arethetypeswrong/core')), 'node_modules/typescript/bin/tsc'), all],
  [6, join(root, 'node_modules/@typescript/old/bin/tsc'), ['nodenext, CommonJS', 'node10']],
  [7, join(root, 'node_modules/typescript/bin/tsc'), ['nodenext, ES module', 'nodenext, CommonJS', 'bundler']],
]

const program = `
import { AsyncRunner, Queue, Server, select, type Client, type SelectOp } from 'threaded-async'
import plugin from 'threaded-async/eslint-plugin'

interface Game {
  walk(steps: number): number
}

const runner = new AsyncRunner({ name: 'one', exitTimeout: 10 })
const double: number = runner.run(async (number: number) => number * 2, [21], { timeout: 5 })
const queue = new Queue<string>(runner, { maxsize: 3 })
const server = new Server<Game>({ handlers: { walk: steps => steps } })
server.createBackgroundTask(async (me: Client<Game>) => me.walk(1), [server.createClient()])
export const first = async (op: SelectOp<string>): Promise<unknown> => select([queue.getOp(), op])
export const rules: object = plugin.configs.recommended
export { double }
// @ts-expect-error: a number is no string.
queue.putNowait(1)
// @ts-expect-error: there is no such name.
export { AsyncRuner } from 'threaded-async'
`

test.before(() => {
  mkdirSync(join(project, 'node_modules/@types'), { recursive: true })
  symlinkSync(root, join(project, 'node_modules/threaded-async'), 'junction')
  for (const name of ['@types/node', 'undici-types']) {
    symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name), 'junction')
  }
})

test.after.always(() => rmSync(project, { recursive: true, force: true }))

for (const [version, compiler, tried] of compilers) {
  for (const [way, options, manifest] of ways.filter(([name]) => tried.includes(name))) {
    test(`TypeScript ${version}, ${way}: the declarations compile, and are what is there`, async t => {
      const folder = join(project, `${version} ${way}`)
      const { ignoreDeprecations, ...rest } = options
      const compilerOptions = {
        ...rest,
        ...(version === 6 && ignoreDeprecations && { ignoreDeprecations }),
        target: 'es2022',
        strict: true,
        exactOptionalPropertyTypes: true,
        esModuleInterop: true,
        skipLibCheck: false,
        noEmit: true,
      }
      mkdirSync(folder)
      writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
      writeFileSync(join(folder, 'program.ts'), program)
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }))
      t.timeout(PATIENCE)
      const { stdout, code } = await run([compiler, '-p', folder])
      t.deepEqual([stdout, code], ['', 0])
    })
  }
}

test('the declarations for require are those for import, and lead to no other file', t => {
  const read = name => readFileSync(join(root, 'dist', name), 'utf8')
  t.is(read('index.d.cts'), read('index.d.ts'))
  t.regex(read('eslint-plugin.d.cts'), /^export = plugin;$/m)
  t.notRegex(read('index.d.ts'), /^(?:import|export) .*from '\./m)
})
