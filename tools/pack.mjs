// Packs what is published: the package itself, and a package with the native addon for each platform it is built for.
//
//   npm run pack
//
// Promises that the package asks for exactly the platforms that are packed with it, by `optionalDependencies`. They are
// not in package.json, since `npm ci` of a clone would look for them where they may not be yet.

import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fail, prepare, root } from './prepare.mjs'

/** Where the packages are put, unless something else is said. */
const usual = join(root, 'target', 'packages')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** The platforms the addon was built for, in the order of their names. */
function builtPlatforms() {
  return readdirSync(join(root, 'npm'))
    .filter(platform => addonOf(platform) !== undefined)
    .sort()
}

function addonOf(platform) {
  const name = `${manifest.napi.binaryName}.${platform}.node`
  return [root, join(root, 'npm', platform)].map(folder => join(folder, name)).find(existsSync)
}

/** Packs the package and those of these platforms into a folder of its own; returns the files, that of the package first. */
export async function pack(platforms = builtPlatforms(), packages = usual) {
  await prepare()
  for (const platform of platforms) {
    if (addonOf(platform) === undefined) fail(`The native addon is not built for ${platform}: npm run build makes it.`)
  }
  rmSync(packages, { recursive: true, force: true })
  return [packMain(packages, platforms), ...platforms.map(platform => packPlatform(packages, platform))]
}

/** Without what only a clone can use. */
function packMain(packages, platforms) {
  const folder = join(packages, 'threaded-async')
  const [{ files }] = JSON.parse(npm(root, ['pack', '--dry-run', '--json', '--ignore-scripts']))
  for (const { path } of files) cpSync(join(root, path), join(folder, path))
  const { scripts: _1, devDependencies: _2, overrides: _3, napi: _4, ava: _5, ...published } = manifest
  const versions = platforms.map(platform => [`${manifest.napi.packageName}-${platform}`, manifest.version])
  writeManifest(folder, { ...published, optionalDependencies: Object.fromEntries(versions) })
  return tarball(packages, folder)
}

function packPlatform(packages, platform) {
  const [from, folder] = [join(root, 'npm', platform), join(packages, platform)]
  mkdirSync(folder, { recursive: true })
  const { main, version, ...rest } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'))
  if (version !== manifest.version) fail(`npm/${platform} is of version ${version}: npx napi version changes it.`)
  writeManifest(folder, { ...rest, main, version, type: 'commonjs' })
  copyFileSync(join(from, 'README.md'), join(folder, 'README.md'))
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  copyFileSync(join(root, 'src', 'script', 'engine', 'LICENSE'), join(folder, 'LICENSE.engine')) // Of what is in the addon.
  copyFileSync(addonOf(platform), join(folder, main))
  return tarball(packages, folder)
}

function writeManifest(folder, content) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`)
}

function tarball(packages, folder) {
  const [{ filename }] = JSON.parse(npm(folder, ['pack', '--json', '--ignore-scripts', '--pack-destination', packages]))
  return join(packages, filename)
}

/** Runs npm, and returns what it prints. */
export function npm(cwd, args) {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) for (const file of await pack()) console.log(file)
