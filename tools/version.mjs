// Whether everything that is released together has one version: `node tools/version.mjs`, or with the tag of the release.
//
// Promises to name each file that has another, and to say whether the changelog still calls it unreleased.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail, root } from './prepare.mjs'

const [tag = ''] = process.argv.slice(2)
const textOf = (...path) => readFileSync(join(root, ...path), 'utf8')
const versionOf = (...path) => JSON.parse(textOf(...path)).version

const version = versionOf('package.json')
const changelog = textOf('CHANGELOG.md')
const [, crate] = /^version = "([^"]+)"/m.exec(textOf('Cargo.toml'))
const [, locked] = /^name = "threaded-async"\nversion = "([^"]+)"/m.exec(textOf('Cargo.lock'))
const platforms = readdirSync(join(root, 'npm')).filter(name => existsSync(join(root, 'npm', name, 'package.json')))

const all = {
  'package-lock.json': versionOf('package-lock.json'),
  'Cargo.toml': crate,
  'Cargo.lock': locked,
  ...Object.fromEntries(platforms.map(name => [`npm/${name}`, versionOf('npm', name, 'package.json')])),
}
const wrong = Object.entries(all).filter(([, other]) => other !== version)
if (wrong.length > 0) fail(`package.json is of ${version}, and ${wrong.map(pair => pair.join(' of ')).join(', ')}.`)
if (!changelog.includes(`\n## ${version}`)) fail(`CHANGELOG.md has no heading for ${version}.`)
if (tag !== '' && tag !== `v${version}`) fail(`The tag is ${tag}, and the version ${version}.`)
if (tag !== '' && changelog.includes(`\n## ${version} (unreleased)`)) fail(`CHANGELOG.md calls ${version} unreleased.`)
console.log(version)
