// The addon for another platform: `npm run build -- --target aarch64-unknown-linux-gnu`.
//
// Promises a file in the root of the project that the loader takes on that platform, and the package of the platform holds.
// For Linux with glibc it needs no newer one than 2.17, on whatever machine it is built. What the machine cannot build by
// itself is linked by Zig, and for Windows by cargo-xwin.

import { execFileSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** By the name that Rust has for it, the name that the loader has. They are those of package.json. */
export const platforms = {
  'x86_64-unknown-linux-gnu': 'linux-x64-gnu',
  'aarch64-unknown-linux-gnu': 'linux-arm64-gnu',
  'x86_64-unknown-linux-musl': 'linux-x64-musl',
  'aarch64-unknown-linux-musl': 'linux-arm64-musl',
  'aarch64-apple-darwin': 'darwin-arm64',
  'x86_64-apple-darwin': 'darwin-x64',
  'x86_64-pc-windows-msvc': 'win32-x64-msvc',
  'aarch64-pc-windows-msvc': 'win32-arm64-msvc',
  'x86_64-unknown-freebsd': 'freebsd-x64',
}

const GLIBC = '2.17'
const systems = { linux: 'linux', darwin: 'apple', win32: 'windows', freebsd: 'freebsd' }

/** The platform of this Node, as the loader calls it. */
export function ownPlatform() {
  const { platform, arch, report } = process
  if (platform === 'win32') return `win32-${arch}-msvc`
  if (platform !== 'linux') return `${platform}-${arch}`
  report.excludeNetwork = true
  return `linux-${arch}-${report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'gnu'}`
}

export const addonFile = platform => `threaded-async.${platform}.node`

/** The words of cargo that build for a target here, and what they need besides cargo. */
function builderOf(target) {
  const isOwnSystem = target.includes(systems[process.platform])
  if (target.endsWith('linux-gnu'))
    return { words: ['zigbuild', '--target', `${target}.${GLIBC}`], needs: 'cargo-zigbuild' }
  if (isOwnSystem && !target.includes('linux')) return { words: ['build', '--target', target] }
  if (target.includes('windows')) return { words: ['xwin', 'build', '--target', target], needs: 'cargo-xwin' }
  return { words: ['zigbuild', '--target', target], needs: 'cargo-zigbuild' }
}

function libraryOf(target) {
  if (target.includes('windows')) return 'threaded_async.dll'
  return target.includes('apple') ? 'libthreaded_async.dylib' : 'libthreaded_async.so'
}

/** What is the matter with a target, in one sentence; undefined if it can be built. */
function refusal(target, { needs }) {
  if (!(target in platforms)) return `There is no target '${target}'; there are: ${Object.keys(platforms).join(', ')}.`
  if (needs === undefined || isThere(needs)) return undefined
  const packages = needs === 'cargo-zigbuild' ? 'ziglang cargo-zigbuild' : needs
  return `To build for ${target}, ${needs} is needed: \`pip install ${packages}\`, in a virtual environment for instance.`
}

/** Whether a program can be run here. */
export function isThere(command) {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore', shell: process.platform === 'win32' })
    return true
  } catch {
    return false
  }
}

/** Builds it; returns the file's name. Throws a sentence if that is not possible. */
export function buildFor(target, root) {
  const builder = builderOf(target)
  const sentence = refusal(target, builder)
  if (sentence !== undefined) throw new Error(sentence)
  // Where rustup is, it fetches the standard library of the target, if that is not there yet.
  if (isThere('rustup'))
    execFileSync('rustup', ['target', 'add', target], { cwd: root, stdio: ['ignore', 'inherit', 'pipe'] })
  const words = [...builder.words, '--release', '--lib', '--target-dir', 'target']
  execFileSync('cargo', words, { cwd: root, stdio: 'inherit' })
  const file = addonFile(platforms[target])
  rmSync(join(root, file), { force: true }) // A process that has loaded the old one goes on with it.
  copyFileSync(join(root, 'target', target, 'release', libraryOf(target)), join(root, file))
  return file
}
