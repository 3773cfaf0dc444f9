// What is published: the tarballs that `npm run pack` makes, unpacked as npm unpacks them.
//
// Promises that a program finds all it needs in them, whichever way it imports the package, and no file that is for this
// repository only. `npm run install-into` installs the same tarballs.

import test from 'ava'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pack } from '../../tools/pack.mjs'
import { ownPlatform } from '../../tools/targets.mjs'
import { ends, root } from '../support/program.mjs'

const project = mkdtempSync(join(tmpdir(), 'threaded-async-packed-'))
const installed = join(project, 'node_modules', 'threaded-async')
const platform = `@threaded-async/binding-${ownPlatform()}`
const read = file => JSON.parse(readFileSync(file, 'utf8'))

function unpack(file, name) {
  const folder = join(project, 'node_modules', name)
  mkdirSync(folder, { recursive: true })
  execFileSync('tar', ['-xzf', basename(file), '--strip-components=1', '-C', folder], { cwd: join(file, '..') })
}

test.before(async () => {
  const [main, addon] = await pack([ownPlatform()], join(project, 'packages'))
  unpack(main, 'threaded-async')
  unpack(addon, platform)
  for (const name of ['acorn', 'eslint-scope', 'esrecurse', 'estraverse', 'tslib']) {
    symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name), 'junction')
  }
})

test.after.always(() => rmSync(project, { recursive: true, force: true }))

const work = `
const runner = new AsyncRunner()
console.log(runner.run(async number => { await sleep(1); return number * 2 }, [21]))
runner.close()
`

for (const [name, first] of [
  ['index.mjs', "import { AsyncRunner, sleep } from 'threaded-async'"],
  ['index.cjs', "const { AsyncRunner, sleep } = require('threaded-async')"],
  ['dynamic.cjs', "import('threaded-async').then(({ AsyncRunner }) => {\nconst { sleep } = require('threaded-async')"],
]) {
  test(`a program that begins with ${first.split('\n')[0]} runs`, async t => {
    const file = join(project, name)
    writeFileSync(file, `${first}\n${work}${name === 'dynamic.cjs' ? '})' : ''}`)
    await ends(t, [file], { cwd: project, expected: { stdout: '42\n' } })
  })
}

test('import and require give the same classes, in a task as well', async t => {
  const file = join(project, 'same.mjs')
  const lines = [
    "import * as imported from 'threaded-async'",
    "import { Queue } from 'threaded-async'",
    "import plugin from 'threaded-async/eslint-plugin'",
    "import { createRequire } from 'node:module'",
    'const require = createRequire(import.meta.url)',
    "const required = require('threaded-async')",
    'const names = Object.keys(imported)',
    'console.log(names.length > 30, names.every(name => imported[name] === required[name]))',
    "console.log(Object.keys(required).join() === names.join(), plugin === require('threaded-async/eslint-plugin'))",
    'imported.AsyncRunner.use(runner => console.log(runner.run(async () => {',
    "  const imported = await import('threaded-async')",
    "  return imported.Queue === require('threaded-async').Queue && imported.Queue === Queue",
    '})))',
  ]
  writeFileSync(file, lines.join('\n'))
  await ends(t, [file], { cwd: project, expected: { stdout: 'true true\ntrue true\ntrue\n' } })
})

test('everything is packed that its manifest and its pages name, and nothing for this repository only', t => {
  const files = readdirSync(installed, { recursive: true }).map(file => file.replaceAll('\\', '/'))
  const { main, types, exports } = read(join(installed, 'package.json'))
  const named = JSON.stringify(exports).match(/(?<="\.\/)[^"*]+\.[a-z.]+(?=")/g)
  for (const file of [main.slice(2), types.slice(2), ...named]) t.true(files.includes(file), file)
  for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md', 'docs/api.md', 'examples/quick-start.mjs']) {
    t.true(files.includes(file), file)
  }
  t.deepEqual(
    files.filter(file => /(^|\/)(__test__|lib|src|tools|\.vitepress)(\/|$)|internals|index\.md$|\.node$/.test(file)),
    [],
  )
})

test('the package asks for the addons that are packed with it, of its own version', t => {
  const { version, optionalDependencies, devDependencies, scripts } = read(join(installed, 'package.json'))
  t.deepEqual([optionalDependencies, devDependencies, scripts], [{ [platform]: version }, undefined, undefined])
  const addon = read(join(project, 'node_modules', platform, 'package.json'))
  t.is(addon.version, version)
  t.true(existsSync(join(project, 'node_modules', platform, addon.main)))
})

test('npm/ has the packages of all targets, of this version', t => {
  const { napi, version } = read(join(root, 'package.json'))
  const packages = readdirSync(join(root, 'npm')).map(name => read(join(root, 'npm', name, 'package.json')))
  t.is(packages.length, napi.targets.length)
  for (const { name, version: own, os, cpu } of packages) {
    t.true(name.startsWith(`${napi.packageName}-${os}-${cpu}`), name)
    t.is(own, version)
  }
})

const installInto = join(root, 'tools/install-into.mjs')

test('install-into without a folder, or with two, says what it takes', async t => {
  const expected = { code: 1, stdout: '', stderr: /^Name the folder of one project: npm run install-into -- / }
  await ends(t, [installInto], { expected })
  await ends(t, [installInto, 'one', 'two'], { expected })
})

test('install-into leaves a project of another package manager alone, and says what to run there', async t => {
  for (const [lock, command] of [
    ['pnpm-lock.yaml', / has a pnpm-lock\.yaml[^]*\n {2}pnpm add \S+threaded-async-\S+\.tgz \S+binding\S+\.tgz\n$/],
    [
      'yarn.lock',
      / has a yarn\.lock[^]*"resolutions": \{"@threaded-async\/binding-[^]*\n {2}yarn add threaded-async@file:/,
    ],
  ]) {
    const folder = join(project, `of-${lock}`)
    mkdirSync(folder)
    writeFileSync(join(folder, lock), '')
    await ends(t, [installInto, folder], { expected: { code: 1, stdout: '', stderr: command } })
    t.deepEqual(readdirSync(folder), [lock])
  }
})
