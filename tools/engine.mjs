// Builds the module that runs sandboxed scripts: QuickJS with src/script/engine, compiled to WebAssembly.
//
//   npm run build:engine              writes src/script/engine/engine.wasm, and src/script/lines.rs
//   npm run build:engine -- --check   compares it with what is checked in
//   npm run build:engine -- --strict --out FILE   one that checks itself: with assertions, and a collection at each object
//
// Promises the same bytes on every machine: the sources are those of one version of a crate, the compiler is one version
// of zig, and so is binaryen, which makes it smaller. Needs cargo, which fetches the sources, npm, which fetches binaryen, and
// zig, or else Python's pip, which does. Nobody else needs them: engine.wasm is checked in.

import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { withImage } from './engine-image.mjs'
import { hotLines } from './engine-lines.mjs'
import { patched } from './engine-patches.mjs'
import { stripped } from './engine-small.mjs'
import { fail, root } from './prepare.mjs'

/** The compiler's version, as it names itself and as pip does. */
const zigVersion = '0.17.1'
/** The SHA-256 of the sources of QuickJS that are compiled. */
const sourceHash = '605f477324bbeb877dc9392c3c34dff108a67ee3d903ba826e830480f1730d7f'

const checkedIn = join(root, 'src', 'script', 'engine')
/** What of the engine's memory is fetched ahead. */
const linesFile = join(root, 'src', 'script', 'lines.rs')
const cache = join(root, 'node_modules', '.cache', 'engine')
const target = ['-target', 'wasm32-wasi', '-mcpu=generic-bulk_memory-bulk_memory_opt', '-O2']
/** Nothing is printed; text.c has what formats messages. */
const stdio = ['printf', 'fprintf', 'snprintf', 'vsnprintf', 'putchar', 'puts', 'fputs', 'fputc', 'fwrite']
const flags = [
  ...target,
  ...['-DNDEBUG', '-D_GNU_SOURCE', '-fno-strict-aliasing', '-funsigned-char', '-fno-ident', '-g0', '-w'],
  ...['-ffunction-sections', '-fdata-sections'],
  ...stdio.map(name => `-D${name}=text_${name}`),
]
/** Formats the messages of errors, and is never in a hurry. */
const small = { text: ['-Oz'] }
const strict = ['-UNDEBUG', '-DENGINE_COLLECTS_ALWAYS']
/** The stack of entry.c's STACK_SIZE, at the lowest addresses: what passes it traps. */
const linking = ['-mexec-model=reactor', '-Wl,--gc-sections', '-Wl,-z,stack-size=524288', '-Wl,--strip-all']

const manifest = `[package]
name = "engine-source"
version = "0.0.0"
edition = "2021"

[lib]
path = "lib.rs"

[dependencies]
rquickjs-sys = { version = "=0.14.0", default-features = false }

[workspace]
`

const registry = 'registry+https://github.com/rust-lang/crates.io-index'
const lock = `version = 4

[[package]]
name = "cc"
version = "1.11.3"
source = "${registry}"
checksum = "02f0e023adb368345ce0ca6cdfc0f24a06554468d0e8503e14a0841de79bfa69"
dependencies = [
 "find-msvc-tools",
 "shlex",
]

[[package]]
name = "engine-source"
version = "0.0.0"
dependencies = [
 "rquickjs-sys",
]

[[package]]
name = "find-msvc-tools"
version = "0.1.15"
source = "${registry}"
checksum = "1c66915cc5391097de7a2b0b972e8505aa33c0df401fd3a6811dbdb32881ba48"

[[package]]
name = "rquickjs-sys"
version = "0.14.0"
source = "${registry}"
checksum = "cee271d0eeba64f0915b846cb7ae02e16faf3dfdffdca91731101d9d30fe3423"
dependencies = [
 "cc",
]

[[package]]
name = "shlex"
version = "2.0.1"
source = "${registry}"
checksum = "f8fadd59c855ef2080decdef8ff161eb6661b86933c9d82e5ba29dc602a55aba"
`

/** The folder of QuickJS's sources, which cargo has fetched. */
function quickjs() {
  const folder = join(cache, 'source')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'Cargo.toml'), manifest)
  writeFileSync(join(folder, 'Cargo.lock'), lock)
  writeFileSync(join(folder, 'lib.rs'), '')
  const args = ['metadata', '--locked', '--format-version', '1']
  const options = { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'inherit'] }
  const { packages } = JSON.parse(execFileSync('cargo', args, options))
  return join(dirname(packages.find(({ name }) => name === 'rquickjs-sys').manifest_path), 'quickjs')
}

/** The C files of a folder, in the order of their names. */
function sourcesOf(folder) {
  return readdirSync(folder)
    .filter(name => /\.[ch]$/.test(name))
    .sort()
}

/** Copies the sources to where they are compiled: those of QuickJS are compared with their hash, and patched. */
function lay(folder, from) {
  const hash = createHash('sha256')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const name of sourcesOf(from)) {
    const text = readFileSync(join(from, name), 'utf8')
    hash.update(`${name}\0${text}\0`)
    writeFileSync(join(folder, name), patched(name, text))
  }
  const found = hash.digest('hex')
  if (found !== sourceHash) fail(`The sources of QuickJS in ${from} are others than expected: their hash is ${found}.`)
  cpSync(checkedIn, folder, { recursive: true, filter: path => !path.endsWith('.wasm') })
}

function versionOf(zig) {
  try {
    return execFileSync(zig, ['version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}

/** The compiler: that of the PATH, if it is of the version, or what pip has once installed. Undefined where there is none. */
export function zig() {
  const installed = join(cache, `zig-${zigVersion}`, 'ziglang', process.platform === 'win32' ? 'zig.exe' : 'zig')
  return ['zig', installed].find(path => versionOf(path) === zigVersion)
}

function installZig() {
  const folder = join(cache, `zig-${zigVersion}`)
  const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, `ziglang==${zigVersion}`]
  for (const python of ['python3', 'python']) {
    try {
      execFileSync(python, args, { stdio: ['ignore', 'ignore', 'inherit'] })
      return zig()
    } catch {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  return undefined
}

/** Compiles and links what lies in a folder. Paths are relative to it, so that none of this machine is in the module. */
async function compile(compiler, folder, isStrict) {
  const env = { ...process.env, ZIG_GLOBAL_CACHE_DIR: join(cache, 'zig'), ZIG_LOCAL_CACHE_DIR: join(cache, 'zig') }
  const cc = args => promisify(execFile)(compiler, ['cc', ...args], { cwd: folder, env, maxBuffer: 2 ** 26 })
  const names = ['engine', 'dtoa', 'libregexp', 'libunicode', 'text'] // The first defines what the system's library would.
  await Promise.all(
    names.map(name =>
      cc([...flags, ...(small[name] ?? []), ...(isStrict ? strict : []), '-c', `${name}.c`, '-o', `${name}.o`]),
    ),
  )
  await cc([...target, ...linking, ...names.map(name => `${name}.o`), '-o', 'linked.wasm'])
  return readFileSync(join(folder, 'linked.wasm'))
}

/** Builds the module in a folder, and returns its bytes. */
export async function buildEngine(folder = join(cache, 'build'), isStrict = false) {
  const compiler = zig() ?? installZig()
  if (compiler === undefined) {
    fail(`The engine is compiled by zig ${zigVersion}, which is neither there nor to be had by pip (ziglang).`)
  }
  lay(folder, quickjs())
  return stripped(withImage(await compile(compiler, folder, isStrict)), cache)
}

/** Refuses a module that asks for more than the host gives. */
function check(bytes) {
  const foreign = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).filter(({ module }) => module !== 'host')
  if (foreign.length > 0)
    fail(`The engine imports ${foreign.map(({ module, name }) => `${module}.${name}`).join(', ')}.`)
}

/** The lines that the host fetches ahead, and the module that they are those of, as Rust. */
function linesOf(bytes) {
  const lines = [...hotLines(bytes, cache)].map(([page, bits]) => `  (0x${page.toString(16)}, 0x${hex(bits)}),\n`)
  return `//! Which lines of the engine's memory nearly every turn touches. Written by \`npm run build:engine\`.

/// The digest of the module that they are those of.
#[cfg(test)]
pub const MODULE: &str = "${createHash('sha256').update(bytes).digest('hex')}";

/// The numbers of pages of 4,096 bytes, and a bit for each of their lines of 64.
pub static LINES: &[(u32, u64)] = &[
${lines.join('')}];
`
}

const hex = bits => bits.toString(16).padStart(16, '0').match(/.{4}/g).join('_')

async function main() {
  const boolean = { type: 'boolean' }
  const { values } = parseArgs({ options: { check: boolean, strict: boolean, out: { type: 'string' } } })
  const file = join(checkedIn, 'engine.wasm')
  if (values.strict && values.out === undefined)
    fail('The strict module is not the one that is shipped: name a file by --out.')
  const bytes = await buildEngine(undefined, values.strict)
  check(bytes)
  if (values.out !== undefined) return writeFileSync(values.out, bytes)
  if (!values.check) return void (writeFileSync(file, bytes), writeFileSync(linesFile, linesOf(bytes)))
  if (existsSync(file) && readFileSync(file).equals(bytes)) return
  fail('src/script/engine/engine.wasm is not what its sources make: npm run build:engine writes it.')
}

if (process.argv[1] === import.meta.filename) await main()
