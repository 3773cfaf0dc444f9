// Installs the package into a project, from this clone, as npm would install it from a registry.
//
//   npm run install-into -- ../my-project
//
// Promises to build what is out of date, and to pack and install the package and its native addon for this machine. The
// folder may be empty, and is made where it is not there.

import { existsSync, mkdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { npm, pack } from './pack.mjs'
import { fail } from './prepare.mjs'
import { ownPlatform } from './targets.mjs'

/** The package managers whose projects npm must not touch, by their lock files. */
const others = { 'pnpm-lock.yaml': 'pnpm add', 'yarn.lock': 'yarn add', 'bun.lock': 'bun add', 'bun.lockb': 'bun add' }

const [folder, ...more] = process.argv.slice(2)
if (folder === undefined || more.length > 0)
  fail('Name the folder of one project: npm run install-into -- ../my-project')

const project = resolve(process.env.INIT_CWD ?? '', folder)
const files = await pack([ownPlatform()])
const lock = Object.keys(others).find(name => existsSync(join(project, name)))
if (lock !== undefined) fail(byOther(others[lock]))
mkdirSync(project, { recursive: true })
// npm looks for a project in the folders above an empty one, unless it is told where.
try {
  npm(project, ['install', '--prefix', project, '--no-audit', '--no-fund', '--loglevel=error', ...files])
} catch {
  fail(`npm has failed to install threaded-async in ${project}.`)
}
console.log(`threaded-async is installed in ${relative(process.cwd(), project) || '.'}. A program begins with one of:

  import { AsyncRunner } from 'threaded-async'
  const { AsyncRunner } = require('threaded-async')`)

/** What to do where npm is not the one to install. Yarn looks for the addon in the registry, unless it is told where it is. */
function byOther(command) {
  const [main, addon] = files
  const name = `@threaded-async/binding-${ownPlatform()}`
  const packed = `${project} has a ${lock}, so npm leaves it alone. The packages are there; in that folder,`
  if (command !== 'yarn add') return `${packed} run:\n\n  ${command} ${main} ${addon}`
  const resolutions = JSON.stringify({ [name]: `file:${addon}` })
  return `${packed} add to package.json:\n\n  "resolutions": ${resolutions}\n\nand run:\n\n  yarn add threaded-async@file:${main}`
}
