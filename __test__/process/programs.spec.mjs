// The shapes a program can have: from the command line, from stdin, TypeScript, CommonJS, bundled, with flags.
//
// Promises that each starts a loop, runs an inline function (with `import()` and `require`), and ends with `pass` and
// exit code 0. vm contexts are out of scope.

import test from 'ava'
import { build } from 'esbuild'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ends, programs, root } from '../support/program.mjs'

const shapes = join(programs, 'shapes')
const hello = readFileSync(join(shapes, 'hello.mjs'), 'utf8')
const major = Number(process.versions.node.split('.')[0])

/** What the code of a program given on the command line does: it blocks for a task that imports and requires. */
const body = `
  const runner = new AsyncRunner()
  const task = runner.createTask(async queue => {
    const { basename } = await import('node:path')
    const { extname } = require('node:path')
    await import('./shapes/preload.cjs')
    await queue.put(basename('/pa/ss') + extname('a.'))
    return 'pa'
  }, [queue])
  const last = queue.getWait()
`
const commonJs = `
  const { AsyncRunner, Queue } = require('threaded-async')
  const queue = new Queue()
  ${body}
  console.log(task.wait() + last.slice(0, 2))
`
const esm = commonJs.replace(/const (.*) = require\('threaded-async'\)/, "import $1 from 'threaded-async'")
const expression = `(({ AsyncRunner, Queue }) => {
  const queue = new Queue()
  ${body}
  return task.wait() + last.slice(0, 2)
})(require('threaded-async'))`

const inline = {
  'node -e': ['-e', commonJs],
  'node --eval=': [`--eval=${commonJs}`],
  'node --input-type=module -e': ['--input-type=module', '-e', esm],
  'node --input-type=module --eval=': ['--input-type=module', `--eval=${esm}`],
  'node -p': ['-p', expression],
  'node -pe': ['-pe', expression],
}
const piped = {
  'node < file': [[], commonJs],
  'node - < file': [['-'], commonJs],
  'node --input-type=module < file': [['--input-type=module'], hello],
  'node --input-type=module - argument < file': [['--input-type=module', '-', 'argument'], hello],
}

for (const [name, args] of Object.entries(inline)) {
  test(`a program given by ${name} starts loops`, async t => {
    await ends(t, args)
  })
}

for (const [name, [args, input]] of Object.entries(piped)) {
  test(`a program given by ${name} starts loops`, async t => {
    await ends(t, args, { input })
  })
}

const flags = [
  ['--expose-gc'],
  ['--max-old-space-size=100'],
  ['--require', './shapes/preload.cjs'],
  ['--require=./shapes/preload.cjs'],
  ['-r', './shapes/preload.cjs'],
  ['--import', 'tsx'],
  ['--import=tsx'],
  ['--enable-source-maps', '--stack-trace-limit=50', '--trace-warnings'],
  ['--title=program', '--no-warnings', '--unhandled-rejections=strict'],
  ['--conditions=development', '-C', 'production', '--preserve-symlinks'],
  ['--expose-gc', '--max-semi-space-size=4', '--require', './shapes/preload.cjs', '--import', 'tsx'],
]

for (const given of flags) {
  test(`a program run with ${given.join(' ')} starts loops`, async t => {
    await ends(t, [...given, 'shapes/hello.mjs'])
    await ends(t, [...given, '-e', commonJs])
    await ends(t, [...given, '--input-type=module', '-'], { input: hello })
  })
}

test('a program run with flags in NODE_OPTIONS starts loops', async t => {
  const options = '--max-old-space-size=100 --require=./shapes/preload.cjs --import=tsx --stack-trace-limit=50'
  for (const args of [['shapes/hello.mjs'], ['-e', commonJs]]) {
    await ends(t, args, { env: { NODE_OPTIONS: options } })
  }
})

test('what is loaded before the program by --require is loaded before each loop', async t => {
  const code = `
    const { AsyncRunner } = require('threaded-async')
    const counts = [globalThis.preloaded, new AsyncRunner().run(() => globalThis.preloaded)]
    console.log(counts.join() === '1,1' ? 'pass' : counts)
  `
  for (const given of [[['--require', './shapes/preload.cjs']], [[], { NODE_OPTIONS: '-r ./shapes/preload.cjs' }]]) {
    const [args, env] = given
    await ends(t, [...args, '-e', code], { env })
  }
})

test('a TypeScript program with inline functions runs under tsx', async t => {
  await ends(t, ['--import', 'tsx', 'shapes/inline.ts'])
})

// On Node 20 tsx does nothing in any worker thread.
const loadsInWorkers = major >= 22 ? test : test.skip
loadsInWorkers('a TypeScript program with a TypeScript task module runs under tsx', async t => {
  await ends(t, ['--import', 'tsx', 'shapes/app.ts'])
  await ends(t, ['shapes/app.ts'], { env: { NODE_OPTIONS: '--import=tsx' } })
})

loadsInWorkers('a TypeScript program with a TypeScript task module runs on Node alone', async t => {
  await ends(t, ['--no-warnings', 'shapes/app.ts'])
})

test('require gives the classes that import gives', async t => {
  await ends(t, ['shapes/common.cjs'])
})

test.serial('a program in a directory with an unusual name finds its imports', async t => {
  const directory = installed(t, 'a b#%20ü?')
  cpSync(shapes, directory, { recursive: true })
  await ends(t, ['hello.mjs'], { cwd: directory })
  await ends(t, ['common.cjs'], { cwd: directory })
})

/** Makes a directory, gone after the test, whose programs find the package, and the tools, as installed ones. */
function installed(t, name = '') {
  const place = mkdtempSync(join(tmpdir(), 'threaded-async-'))
  t.teardown(() => rmSync(place, { recursive: true }))
  const directory = join(place, name)
  mkdirSync(join(directory, 'node_modules'), { recursive: true })
  symlinkSync(root, join(directory, 'node_modules', 'threaded-async'))
  for (const tool of ['tsx', 'esbuild', '@esbuild', 'get-tsconfig', 'resolve-pkg-maps']) {
    symlinkSync(join(root, 'node_modules', tool), join(directory, 'node_modules', tool))
  }
  return directory
}

const bundles = {
  'as ESM': { format: 'esm', outfile: 'bundle.mjs' },
  'as CommonJS': { format: 'cjs', outfile: 'bundle.cjs' },
  'for Node 12': { format: 'esm', outfile: 'old.mjs', target: 'node12' },
  'as CommonJS for ES2016, names kept': { format: 'cjs', outfile: 'old.cjs', target: 'es2016', keepNames: true },
  'with whitespace and syntax minified': {
    format: 'esm',
    outfile: 'small.mjs',
    minifyWhitespace: true,
    minifySyntax: true,
  },
}

test('a program bundled by esbuild, with the package external, starts loops', async t => {
  const directory = installed(t)
  for (const [name, { outfile, ...options }] of Object.entries(bundles)) {
    await build({
      entryPoints: [join(shapes, 'bundled.mjs')],
      bundle: true,
      platform: 'node',
      external: ['threaded-async'],
      outfile: join(directory, outfile),
      ...options,
    })
    t.log(name)
    await ends(t, [outfile], { cwd: directory })
  }
})

test('a program that only measures needs no runner: import and end', async t => {
  await ends(t, ['--input-type=module', '-e', "import 'threaded-async'; console.log('pass')"])
  await ends(t, ['-e', "require('threaded-async'); console.log('pass')"])
})

const tapped = major >= 24 ? test : test.skip
tapped('a program under node --test, in its own process or in that of the test runner, starts loops', async t => {
  const directory = installed(t)
  const code = `import test from 'node:test'\n${hello.replace('AsyncRunner.use', "test('', () => AsyncRunner.use")})`
  writeFileSync(join(directory, 'a.test.mjs'), code)
  for (const isolation of ['process', 'none']) {
    const args = ['--test', `--test-isolation=${isolation}`, '--test-reporter=dot', 'a.test.mjs']
    const expected = { stdout: isolation === 'process' ? '.\n' : 'pass\n.\n' }
    await ends(t, args, { cwd: directory, expected })
  }
})
