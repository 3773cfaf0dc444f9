// What the package says where it cannot be loaded: one sentence, with a code, through every door, in a worker too.
//
// Promises that each case is made in a package folder of its own, as npm would install it, by the flags of Node itself or by
// files that are as they must not be; only other platforms are faked.

import test from 'ava'
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addonFile, ownPlatform, platforms } from '../../tools/targets.mjs'
import { PATIENCE, root, run } from '../support/program.mjs'

const platform = ownPlatform()
const addon = addonFile(platform)
const ours = `@threaded-async/binding-${platform}`
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const isLinux = process.platform === 'linux'
const onLinux = isLinux ? test : test.skip
const onGlibc = platform.endsWith('-gnu') ? test : test.skip

/** A folder with the package and that of a platform among its modules. */
function folder(t, { packages = [platform], fake = '' } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'threaded-async-'))
  t.teardown(() => rmSync(directory, { recursive: true, maxRetries: 3 }))
  const modules = join(directory, 'node_modules')
  const place = join(modules, 'threaded-async')
  mkdirSync(place, { recursive: true })
  for (const name of ['package.json', 'dist', 'binding.cjs'])
    cpSync(join(root, name), join(place, name), { recursive: true })
  for (const name of ['acorn', 'eslint-scope', 'tslib', 'estraverse', 'esrecurse']) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction')
  }
  for (const name of packages) platformPackage(modules, name)
  copyFileSync(new URL('program.mjs', import.meta.url), join(directory, 'program.mjs'))
  writeFileSync(join(directory, 'fake.cjs'), fake)
  return { directory, place, file: join(modules, '@threaded-async', `binding-${platform}`, addon) }
}

function platformPackage(modules, name) {
  const place = join(modules, '@threaded-async', `binding-${name}`)
  const main = `threaded-async.${name}.node`
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name: `@threaded-async/binding-${name}`, version, main }))
  copyFileSync(join(root, addon), join(place, main))
}

/** Loads the package from there. Every door must end alike; undefined if the package is there. */
async function load(t, { directory }, { flags = [], env, command } = {}) {
  t.timeout(PATIENCE)
  const args = [...flags, '--require', './fake.cjs', 'program.mjs']
  const { stdout, stderr, code, signal } = await run(args, { cwd: directory, env, command })
  t.is(code, 0, `${signal} ${stderr}`)
  const { import: first, ...others } = JSON.parse(stdout)
  for (const [door, outcome] of Object.entries(others)) t.deepEqual(outcome, first, door)
  return first ?? undefined
}

async function refuses(t, place, { code, cause = code, message, ...options }) {
  const error = await load(t, place, options)
  t.is(error?.code, code, error?.message)
  t.is(error.cause ?? null, cause)
  t.regex(error.message, message)
  t.regex(error.message, /^[^\n]+\.$/)
}

/** What a program finds that runs on another platform. */
const on = (system, arch, libc) => `
  const fs = require('node:fs')
  const { join } = require('node:path')
  Object.defineProperty(process, 'platform', { value: '${system}' })
  Object.defineProperty(process, 'arch', { value: '${arch}' })
  ${libc === 'musl' ? muslSystem : ''}
  ${libc === 'gnu' ? muslTools : ''}`

const withLinker = `
  const { existsSync } = fs
  fs.existsSync = file => /^\\/lib\\/ld-musl-(x86_64|aarch64|riscv64)\\.so\\.1$/.test(file) || existsSync(file)
  process.execPath = join(__dirname, 'program')`
const muslSystem = `${withLinker}
  fs.writeFileSync(process.execPath, 'ELF\\0/lib/ld-musl-x86_64.so.1\\0')`
/** It has glibc, and what one needs to build programs for musl. */
const muslTools = `${withLinker}
  fs.writeFileSync(process.execPath, 'ELF\\0/lib64/ld-linux-x86-64.so.2\\0')`

test('the package of the platform is found, and loops start', async t => {
  const place = folder(t)
  t.is(await load(t, place), undefined)
  const program = `
    import { AsyncRunner } from 'threaded-async'
    const runner = new AsyncRunner()
    console.log(runner.run(() => 'pass'))
    runner.close()`
  writeFileSync(join(place.directory, 'runs.mjs'), program)
  const { stdout } = await run(['runs.mjs'], { cwd: place.directory })
  t.is(stdout, 'pass\n')
})

test('a file that was built in the folder comes before the package', async t => {
  const place = folder(t)
  writeFileSync(place.file, 'not this one')
  copyFileSync(join(root, addon), join(place.place, addon))
  t.is(await load(t, place), undefined)
})

// --- what Node forbids

test('with --no-addons it says so', async t => {
  const place = folder(t)
  const expected = { code: 'ERR_DLOPEN_DISABLED', message: /--no-addons forbids/ }
  await refuses(t, place, { ...expected, flags: ['--no-addons'] })
  await refuses(t, place, { ...expected, env: { NODE_OPTIONS: '--no-addons' } })
})

const spellings = ['--permission', '--experimental-permission'].filter(flag =>
  process.allowedNodeEnvironmentFlags.has(flag),
)
const guarded = [spellings[0], '--allow-worker', '--no-warnings']

for (const spelling of spellings) {
  test(`with ${spelling} and without --allow-addons it names that option`, async t => {
    const flags = [spelling, '--allow-worker', '--no-warnings', '--allow-fs-read=*']
    const expected = { code: 'ERR_DLOPEN_DISABLED', message: /permission model .* add --allow-addons/ }
    const place = folder(t)
    await refuses(t, place, { ...expected, flags })
    t.is(await load(t, place, { flags: [...flags, '--allow-addons'] }), undefined)
    await refuses(t, place, { ...expected, message: /--no-addons/, flags: [...flags, '--allow-addons', '--no-addons'] })
  })
}

test('the permission model need only allow the folder of the program, and the addon', async t => {
  const place = folder(t)
  const readable = [place.directory, join(root, 'node_modules')].map(name => `--allow-fs-read=${join(name, '*')}`)
  t.is(await load(t, place, { flags: [...guarded, '--allow-addons', ...readable] }), undefined)
})

// --- platforms

const others = [
  ['linux', 'x64', 'gnu'],
  ['linux', 'x64', 'musl'],
  ['linux', 'arm64', 'gnu'],
  ['linux', 'arm64', 'musl'],
  ['darwin', 'x64'],
  ['darwin', 'arm64'],
  ['win32', 'x64'],
  ['win32', 'arm64'],
  ['freebsd', 'x64'],
].map(([system, arch, libc]) => {
  const abi = system === 'win32' ? 'msvc' : libc
  return { name: [system, arch, abi].filter(Boolean).join('-'), fake: on(system, arch, libc) }
})

test('what follows tries every platform', t => {
  t.deepEqual(others.map(({ name }) => name).toSorted(), Object.values(platforms).toSorted())
})

for (const { name, fake } of others) {
  test(`on ${name} it looks for the package of that, and says that it is not installed`, async t => {
    const expected = { code: 'ERR_BINARY_NOT_FOUND', cause: null }
    const message = new RegExp(`@threaded-async/binding-${name}, an optional .*--omit=optional.*package-lock`)
    await refuses(t, folder(t, { packages: [], fake }), { ...expected, message })
    const other = name === 'darwin-arm64' ? 'darwin-x64' : 'darwin-arm64'
    const installed = new RegExp(
      `needs .*binding-${name} here, and what is installed is @threaded-async/binding-${other}:`,
    )
    await refuses(t, folder(t, { packages: [other], fake }), { ...expected, message: installed })
  })

  // What is in the package is for this platform.
  test(`on ${name} it takes the package of that`, async t => {
    t.is(await load(t, folder(t, { packages: [name, 'darwin-arm64', 'linux-x64-gnu'], fake })), undefined)
  })
}

for (const [system, arch] of [
  ['linux', 'riscv64'],
  ['android', 'arm64'],
  ['win32', 'ia32'],
  ['aix', 'ppc64'],
]) {
  test(`on ${system} with ${arch} it says that there is no addon`, async t => {
    const message = new RegExp(`but not for ${system}-${arch}.*clone`)
    const place = folder(t, { fake: on(system, arch) })
    await refuses(t, place, { code: 'ERR_UNSUPPORTED_PLATFORM', cause: null, message })
  })
}

test('what was built on a platform without a package is loaded there', async t => {
  const place = folder(t, { fake: on('linux', 'riscv64', 'gnu') })
  copyFileSync(join(root, addon), join(place.place, 'threaded-async.linux-riscv64-gnu.node'))
  t.is(await load(t, place), undefined)
})

test('in a clone that is not built it names the command', async t => {
  const place = folder(t, { packages: [] })
  copyFileSync(join(root, 'Cargo.toml'), join(place.place, 'Cargo.toml'))
  await refuses(t, place, {
    code: 'ERR_BINARY_NOT_FOUND',
    cause: null,
    message: /not built yet: run `npm run build` in/,
  })
})

// --- files that are as they must not be

test('a package without its file is to be installed again', async t => {
  const place = folder(t)
  rmSync(place.file)
  await refuses(t, place, { code: 'ERR_BINARY_NOT_FOUND', cause: null, message: /installed without its file/ })
})

for (const [name, damage] of [
  ['is empty', file => truncateSync(file, 0)],
  ['has a few bytes', file => truncateSync(file, 100)],
  ['is text', file => writeFileSync(file, '<html>404 not found</html>'.repeat(100))],
]) {
  test(`a file that ${name} is damaged`, async t => {
    const place = folder(t)
    damage(place.file)
    const { code, message } = await load(t, place)
    t.is(code, 'ERR_DLOPEN_FAILED')
    t.regex(message, /is damaged: install the package again/)
    t.true(message.includes(place.file))
  })
}

// The system would end the process by a signal.
onLinux('a file whose end is missing is damaged, wherever it ends', async t => {
  const { length } = readFileSync(join(root, addon))
  for (const part of [0.01, 0.3, 0.6, 0.9, 0.99]) {
    const place = folder(t)
    truncateSync(place.file, Math.floor(length * part))
    await refuses(t, place, { code: 'ERR_DLOPEN_FAILED', cause: null, message: /is damaged/ })
  }
})

onGlibc('a file that needs a newer glibc names both versions', async t => {
  const place = folder(t)
  const bytes = readFileSync(place.file)
  const newest = Array.from(bytes.latin1Slice().matchAll(/GLIBC_2\.(\d+)\0/g)).toSorted(([, a], [, b]) => b - a)[0]
  bytes.write('GLIBC_9', newest.index, 'latin1')
  writeFileSync(place.file, bytes)
  const { glibcVersionRuntime } = process.report.getReport().header
  const message = new RegExp(
    `needs glibc 9\\.${newest[1]}, and this system has ${glibcVersionRuntime.replace('.', '\\.')}:`,
  )
  await refuses(t, place, { code: 'ERR_DLOPEN_FAILED', message })
})

onGlibc('a file for musl says so', async t => {
  const place = folder(t)
  const bytes = readFileSync(place.file)
  bytes.write('libc.musl', bytes.indexOf('\0libc.so.6\0') + 1, 'latin1')
  writeFileSync(place.file, bytes)
  await refuses(t, place, { code: 'ERR_DLOPEN_FAILED', message: /was built for musl, and this Node\.js runs on glibc/ })
})

// What the beginning of a file says: a system, and a processor.
const beginnings = {
  'linux-x64': [
    [0, 0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0],
    [18, 62, 0],
  ],
  'linux-arm64': [
    [0, 0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0],
    [18, 183, 0],
  ],
  'freebsd-x64': [
    [0, 0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 9],
    [18, 62, 0],
  ],
  'darwin-x64': [[0, 0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1]],
  'darwin-arm64': [[0, 0xcf, 0xfa, 0xed, 0xfe, 12, 0, 0, 1]],
  'win32-x64': [
    [0, 0x4d, 0x5a],
    [60, 128, 0, 0, 0],
    [132, 0x64, 0x86],
  ],
  'win32-arm64': [
    [0, 0x4d, 0x5a],
    [60, 128, 0, 0, 0],
    [132, 0x64, 0xaa],
  ],
}

test('a file of another system or processor is called that', async t => {
  const ours = `${process.platform}-${process.arch}`
  for (const [kind, parts] of Object.entries(beginnings)) {
    if (kind === ours) continue
    const place = folder(t)
    const bytes = Buffer.alloc(100_000)
    for (const [at, ...values] of parts) bytes.set(values, at)
    writeFileSync(place.file, bytes)
    const message = new RegExp(`was built for ${kind}, and this Node\\.js runs on ${ours}: install`)
    await refuses(t, place, { code: 'ERR_DLOPEN_FAILED', message })
  }
})

test('an addon of another version is refused, and so is another addon', async t => {
  const version = `module.exports = { coreVersion: () => '0.0.9', control: new Int32Array(9), inbox: new Uint8Array(9) }`
  for (const [source, message] of [
    [version, /has found a native addon of version 0\.0\.9 .*install the package again/],
    ['module.exports = {}', /has found a native addon of another package/],
  ]) {
    const place = folder(t)
    writeFileSync(join(place.file, '..', 'addon.cjs'), source)
    writeFileSync(
      join(place.file, '..', 'package.json'),
      JSON.stringify({ name: ours, version: '0.0.9', main: 'addon.cjs' }),
    )
    await refuses(t, place, { code: 'ERR_BINARY_VERSION', cause: null, message })
  }
})

// --- Node.js

test('a Node.js that is too old is told which ones will do', async t => {
  for (const version of ['14.21.3', '16.20.2', '18.20.8', '20.0.0', '20.18.3', '21.7.3', '22.0.0', '22.11.0']) {
    const fake = `
      delete process.getBuiltinModule
      delete AbortSignal.any
      delete require('node:vm').constants
      Object.defineProperty(process, 'version', { value: 'v${version}' })
      Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
    const message = new RegExp(
      `needs Node\\.js 20\\.19 or a later 20, or 22\\.12 or later; this is v${version.replaceAll('.', '\\.')}\\.`,
    )
    await refuses(t, folder(t, { fake }), { code: 'ERR_UNSUPPORTED_NODE', cause: null, message })
  }
  for (const version of ['20.19.0', '22.12.0', '23.0.0', '24.0.0', '26.0.0']) {
    const fake = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
    t.is(await load(t, folder(t, { fake })), undefined)
  }
})
