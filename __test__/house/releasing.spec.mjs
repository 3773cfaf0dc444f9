// What a release is made of: the platforms, the versions, the workflows and the files of the crate.
//
// Promises that a platform which stands in one list stands in all of them. Of the tools that look at the rest, actionlint
// and cargo are asked where they are installed.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { root } from '../support/program.mjs'
import { platforms } from '../../tools/targets.mjs'

const textOf = (...path) => readFileSync(join(root, ...path), 'utf8')
const { napi, engines, version } = JSON.parse(textOf('package.json'))
const targets = Object.keys(platforms).toSorted()

const tried = (command, args) => spawnSync(command, args, { cwd: root, encoding: 'utf8' })
const where = command => (tried(command, ['--version']).error === undefined ? test : test.skip)

test('every target of package.json is built by the tools and by the release', t => {
  t.deepEqual(napi.targets.toSorted(), targets)
  const built = textOf('.github', 'workflows', 'release.yml').matchAll(/\{ target: ([\w-]+),/g)
  t.deepEqual(Array.from(built, ([, target]) => target).toSorted(), targets)
})

test('the loader knows the platform of every target, and no other', t => {
  const loader = textOf('binding.cjs')
  const names = Object.values(platforms).toSorted()
  const found = pattern => Array.from(loader.matchAll(pattern), ([, name]) => name).toSorted()
  t.deepEqual(found(/case '([\w-]+)':\s+return require\('@threaded-async\/binding-\1'\)/g), names)
  t.deepEqual(found(/case '([\w-]+)':\s+return require\('\.\/threaded-async\.\1\.node'\)/g), names)
  const [, supported] = /^const isSupported =\s+\/(.*)\/$/m.exec(loader)
  for (const name of names) t.regex(name, new RegExp(supported))
  t.notRegex('linux-x64', new RegExp(supported))
})

test('the workflows run every line of Node.js that the package supports', t => {
  t.is(engines.node, '^20.19.0 || >=22.12.0')
  for (const name of ['ci.yml', 'release.yml']) {
    const lists = Array.from(textOf('.github', 'workflows', name).matchAll(/^ +node: \[(.*)\]$/gm), ([, list]) => list)
    t.deepEqual([...new Set(lists)], ['20, 22, 24, 26'], name)
  }
})

test('all that is released together has one version', t => {
  const { status, stdout, stderr } = tried(process.execPath, ['tools/version.mjs'])
  t.is(stdout, `${version}\n`, stderr)
  t.is(status, 0)
  t.regex(tried(process.execPath, ['tools/version.mjs', 'v99.0.0']).stderr, /^The tag is v99\.0\.0, and the version /)
})

where('actionlint')('actionlint finds nothing in the workflows', t => {
  const { status, stdout } = tried('actionlint', ['-no-color'])
  t.is(stdout, '')
  t.is(status, 0)
})

where('cargo')('the crate packs its own files, and cargo has nothing to say about it', t => {
  const list = tried('cargo', ['package', '--list', '--allow-dirty', '--offline'])
  t.is(list.status, 0, list.stderr)
  t.is(list.stderr, '')
  const files = list.stdout.trim().split('\n')
  const own =
    /^(?:src\/.+\.rs|src\/script\/engine\/(?:engine\.wasm|LICENSE)|src\/README\.md|benches\/\w+\.rs|examples\/rust\/\w+\.rs|build\.rs|LICENSE|Cargo\.(?:toml|toml\.orig|lock)|\.cargo_vcs_info\.json)$/
  t.deepEqual(
    files.filter(file => !own.test(file)),
    [],
  )
  for (const file of ['src/lib.rs', 'src/README.md', 'LICENSE', 'build.rs']) t.true(files.includes(file), file)
  const folder = join(root, 'target', 'crate')
  const packed = tried('cargo', ['package', '--no-verify', '--allow-dirty', '--offline', '--target-dir', folder])
  t.is(packed.status, 0, packed.stderr)
  t.notRegex(packed.stderr, /warning|error/)
})
