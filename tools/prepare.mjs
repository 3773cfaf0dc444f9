// Everything a fresh clone needs before it can run: dependencies, the native addon, the compiled TypeScript.
//
// Promises to do only what is out of date, and to say in one sentence what is missing. Uses nothing but Node, npm and
// cargo. `--all` builds everything anew; `--target` and a name that Rust has, the addon for that platform alone.

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { addonFile, buildFor, isThere, ownPlatform } from './targets.mjs'

export const root = fileURLToPath(new URL('..', import.meta.url))
const windows = process.platform === 'win32'

/** Runs a program in the project; its output is shown only if it fails. */
export function run(command, args, options = {}) {
  execFileSync(command, args, { cwd: root, stdio: 'inherit', shell: windows, ...options })
}

/** Runs the program of an npm package with this very Node. */
export function runPackage(script, args, options) {
  run(process.execPath, [join('node_modules', script), ...args], options)
}

/**
 * Runs the specs of ava with a Node. A run that does not end is told to list what it waits for: ava's own timeout starts
 * no second time once it has passed within a test that has asked for more.
 */
export function runSpecs(node, args) {
  const most = 60 * 60_000
  run(node, [join('node_modules', 'ava/entrypoints/cli.mjs'), ...args], { timeout: most, killSignal: 'SIGINT' })
}

export function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}

/** What is in a folder; nothing where it is gone by now: others build beside this. */
function namesIn(folder) {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
    return []
  }
}

/** When the newest of these files and folders was last changed, in milliseconds; 0 where there is none. */
function changed(...paths) {
  let newest = 0
  for (const path of paths) {
    const full = join(root, path)
    const status = statSync(full, { throwIfNoEntry: false })
    if (status === undefined) continue
    const inside = status.isDirectory() ? changed(...namesIn(full).map(name => join(path, name))) : status.mtimeMs
    newest = Math.max(newest, inside)
  }
  return newest
}

/** Installs what the lock file of a folder names. */
export function dependencies(isForced, folder = '.') {
  const [stamp, lock] = [join(folder, 'node_modules', '.prepared'), join(folder, 'package-lock.json')]
  if (!isForced && changed(stamp) >= changed(lock)) return
  console.log(`Installing the dependencies of ${lock} ...`)
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: join(root, folder) })
  writeFileSync(join(root, stamp), '')
}

function addon(isForced) {
  const built = addonFile(ownPlatform())
  const sources = ['src', 'Cargo.toml', 'Cargo.lock', 'build.rs']
  if (!isForced && changed(built) >= changed(...sources)) return
  if (!isThere('cargo')) {
    fail('The native addon must be built, and cargo is not there: install Rust from https://rustup.rs and try again.')
  }
  console.log('Building the native addon (some minutes the first time) ...')
  // The declarations are those of `lib/native/native.ts`.
  const args = ['build', '--platform', '--release', '--no-js', '--dts', join('target', 'binding.d.ts')]
  runPackage('@napi-rs/cli/dist/cli.js', args)
  utimesSync(join(root, built), new Date(), new Date())
}

async function typescript(isForced) {
  const out = join('dist', 'eslint-plugin.d.cts') // What is written last.
  const tools = ['bundle', 'parts', 'declarations', 'engines'].map(name => `tools/${name}.mjs`)
  if (!isForced && changed(out) >= changed('index.ts', 'lib', 'tsconfig.json', 'package.json', ...tools)) return
  console.log('Compiling the TypeScript ...')
  const [dist, declarations] = [join(root, 'dist'), join(root, 'target', 'declarations')]
  for (const folder of [dist, declarations]) rmSync(folder, { recursive: true, force: true })
  runPackage('typescript/bin/tsc', ['-p', 'tsconfig.json', '--outDir', declarations])
  const { bundle } = await import('./bundle.mjs') // They need the dependencies.
  const { declare } = await import('./declarations.mjs')
  await declare(dist, declarations, await bundle(root))
}

/** Brings everything up to date. */
export async function prepare(isForced = false) {
  dependencies(isForced && !existsSync(join(root, 'node_modules')))
  addon(isForced)
  await typescript(isForced)
}

async function main() {
  const options = { all: { type: 'boolean' }, target: { type: 'string' } }
  const { all, target } = parseArgs({ options }).values
  if (target === undefined) return prepare(all)
  dependencies(false)
  try {
    console.log(buildFor(target, root))
  } catch (error) {
    fail(error.message)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
