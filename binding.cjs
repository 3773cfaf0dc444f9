// Finds the native addon of this platform and loads it, or says in one sentence why that is not possible.
//
// Promises an error with a `code`, whose cause is what Node.js or the system has said. The addon is a file in this folder,
// which `npm run build` makes, or else the package of the platform. Every `require` of one is written out and stands in a
// `try`: bundlers see no other, and pass over what is not there only in such a place.

'use strict'

const fs = require('node:fs')
const { createRequire } = require('node:module')
const { join } = require('node:path')

const { platform: system, arch } = process
const platform = platformOf()
const request = `@threaded-async/binding-${platform}`
const here = join(__dirname, `threaded-async.${platform}.node`)

function platformOf() {
  if (system === 'linux') return `linux-${arch}-${isMusl() ? 'musl' : 'gnu'}`
  return system === 'win32' ? `win32-${arch}-msvc` : `${system}-${arch}`
}

/**
 * Where musl's linker is missing, the C library is glibc. A system with glibc may have that linker as well: then the Node.js
 * that runs here tells, as a program names, near its beginning, the linker that has loaded it.
 */
function isMusl() {
  const linker = `/lib/ld-musl-${{ x64: 'x86_64', arm64: 'aarch64' }[arch] ?? arch}.so.1`
  // With the permission model, what must not be read seems not to be there.
  if (process.permission === undefined && !fs.existsSync(linker)) return false
  try {
    const head = String.fromCharCode(...read(process.execPath, 0, 2048))
    if (head.includes('/ld-')) return head.includes('/ld-musl-')
  } catch {
    // The permission model may forbid to read that file, too.
  }
  return glibcVersion() === undefined
}

function glibcVersion() {
  if (process.report === undefined) return undefined
  process.report.excludeNetwork = true // To look up names may take seconds.
  return process.report.getReport().header.glibcVersionRuntime
}

/** Bytes of a file; fewer where it ends before. Node.js has to compile less for `readv` than for `read`. */
function read(file, position, length) {
  const descriptor = fs.openSync(file, 'r')
  try {
    const bytes = new Uint8Array(length)
    return bytes.subarray(0, fs.readvSync(descriptor, [bytes], position))
  } finally {
    fs.closeSync(descriptor)
  }
}

function addon() {
  const isBuilt = fs.existsSync(here)
  const file = isBuilt ? here : found(request)
  if (file !== undefined && isCutOff(file)) throw refused('ERR_DLOPEN_FAILED', damaged(file))
  const loaded = (isBuilt ? undefined : installed(file)) ?? built(file)
  if (loaded === undefined) throw missing()
  return loaded
}

/** Undefined also where a bundler has put the file elsewhere, and its `require` still finds it. */
function found(name) {
  try {
    return own().resolve(name)
  } catch {
    return undefined
  }
}

/** Has another name than `require`, as bundlers must not look for what is found with it. */
function own() {
  return createRequire(__filename)
}

/**
 * Whether the end of an ELF file is missing, where its table of sections stands. The system would load it and end the
 * process by a signal; on other systems it refuses what is cut off.
 */
function isCutOff(file) {
  try {
    const head = new DataView(read(file, 0, 64).buffer)
    if (head.getUint32(0) !== 0x7f454c46) return false
    const end = Number(head.getBigUint64(40, true)) + head.getUint16(58, true) * head.getUint16(60, true)
    return read(file, end - 1, 1).length === 0
  } catch {
    return false // The attempt to load it tells why it cannot be read.
  }
}

function installed(file) {
  try {
    switch (platform) {
      case 'linux-x64-gnu':
        return require('@threaded-async/binding-linux-x64-gnu')
      case 'linux-x64-musl':
        return require('@threaded-async/binding-linux-x64-musl')
      case 'linux-arm64-gnu':
        return require('@threaded-async/binding-linux-arm64-gnu')
      case 'linux-arm64-musl':
        return require('@threaded-async/binding-linux-arm64-musl')
      case 'darwin-x64':
        return require('@threaded-async/binding-darwin-x64')
      case 'darwin-arm64':
        return require('@threaded-async/binding-darwin-arm64')
      case 'win32-x64-msvc':
        return require('@threaded-async/binding-win32-x64-msvc')
      case 'win32-arm64-msvc':
        return require('@threaded-async/binding-win32-arm64-msvc')
      case 'freebsd-x64':
        return require('@threaded-async/binding-freebsd-x64')
      default:
        return undefined
    }
  } catch (error) {
    return failed(error, file)
  }
}

function built(file) {
  try {
    switch (platform) {
      case 'linux-x64-gnu':
        return require('./threaded-async.linux-x64-gnu.node')
      case 'linux-x64-musl':
        return require('./threaded-async.linux-x64-musl.node')
      case 'linux-arm64-gnu':
        return require('./threaded-async.linux-arm64-gnu.node')
      case 'linux-arm64-musl':
        return require('./threaded-async.linux-arm64-musl.node')
      case 'darwin-x64':
        return require('./threaded-async.darwin-x64.node')
      case 'darwin-arm64':
        return require('./threaded-async.darwin-arm64.node')
      case 'win32-x64-msvc':
        return require('./threaded-async.win32-x64-msvc.node')
      case 'win32-arm64-msvc':
        return require('./threaded-async.win32-arm64-msvc.node')
      case 'freebsd-x64':
        return require('./threaded-async.freebsd-x64.node')
      default:
        return own()(here) // There is no package for this platform, but one can build it.
    }
  } catch (error) {
    return failed(error, file)
  }
}

/** Returns undefined where there is no file to load; throws an error that says why the file was not loaded. */
function failed(error, file) {
  if (error?.code === 'MODULE_NOT_FOUND') return undefined
  if (error?.code === 'ERR_DLOPEN_DISABLED') throw refused(error.code, disabled(), error)
  if (error?.code === 'ERR_ACCESS_DENIED') throw refused(error.code, unreadable(error, file), error)
  throw refused(error?.code ?? 'ERR_DLOPEN_FAILED', unloadable(String(error?.message), file), error)
}

function refused(code, message, cause) {
  return Object.assign(new Error(message, cause && { cause }), { code })
}

function disabled() {
  const options = [...process.execArgv, process.env.NODE_OPTIONS].join(' ')
  const isForbidden = process.permission !== undefined && !options.includes('--no-addons')
  if (!isForbidden) return 'threaded-async is a native addon, and --no-addons forbids those: start Node.js without it.'
  return (
    'threaded-async is a native addon, and the permission model of Node.js forbids those: add --allow-addons, ' +
    'and --allow-worker for the threads of runners.'
  )
}

function unreadable({ resource }, file) {
  const what = resource || file || `its native addon for ${platform}`
  return `threaded-async must read ${what}, which the permission model of Node.js forbids: add it to --allow-fs-read.`
}

const isOtherLibc = /musl|ld-linux|\blibc\.so\b(?!\.6)/
const isNoAddon = /ELF|too short|cannot read file data|mach-o|not a valid|self-register|napi_register/i

/** What the system says of a file that it does not load. */
function unloadable(text, file) {
  const [, version] = /GLIBC_([\d.]+)\S* not found/.exec(text) ?? []
  if (version !== undefined) {
    return (
      `The native addon of threaded-async, ${file}, needs glibc ${version}, and this system has ${glibcVersion()}: ` +
      'use a newer system, or build the addon from a clone of the repository on this one.'
    )
  }
  const kind = file && kindOf(file)
  if (kind !== undefined && kind !== `${system}-${arch}`) return foreign(file, kind, `${system}-${arch}`)
  if (system === 'linux' && isOtherLibc.test(text)) {
    return platform.endsWith('musl') ? foreign(file, 'glibc', 'musl') : foreign(file, 'musl', 'glibc')
  }
  if (isNoAddon.test(text)) return damaged(file)
  return `The native addon of threaded-async, ${file}, cannot be loaded: ${text}`
}

function foreign(file, theirs, ours) {
  return `The native addon of threaded-async, ${file}, was built for ${theirs}, and this Node.js runs on ${ours}: install the package again on this system.`
}

const elf = { 62: 'x64', 183: 'arm64' }
const machO = { 0x01000007: 'x64', 0x0100000c: 'arm64' }
const portable = { 0x8664: 'x64', 0xaa64: 'arm64' }

/** For which system and processor a file was made, as its beginning says; undefined where that is not one of ours. */
function kindOf(file) {
  try {
    const head = new DataView(read(file, 0, 4096).buffer)
    const named = (name, kinds, kind) => kinds[kind] && `${name}-${kinds[kind]}`
    const magic = head.getUint32(0)
    if (magic === 0x7f454c46) return named(head.getUint8(7) === 9 ? 'freebsd' : 'linux', elf, head.getUint16(18, true))
    if (magic === 0xcffaedfe) return named('darwin', machO, head.getUint32(4, true))
    if (magic >>> 16 === 0x4d5a) return named('win32', portable, head.getUint16(head.getUint32(60, true) + 4, true))
  } catch {
    // It is shorter than it says, or must not be read.
  }
  return undefined
}

function damaged(file) {
  return `The native addon of threaded-async, ${file}, is damaged: install the package again, or run \`npm run build\` in a clone.`
}

const isSupported = /^(?:linux-(?:x64|arm64)-(?:gnu|musl)|darwin-(?:x64|arm64)|win32-(?:x64|arm64)-msvc|freebsd-x64)$/

function missing() {
  if (isSupported.test(platform)) return refused('ERR_BINARY_NOT_FOUND', whyMissing())
  const places = 'Linux, macOS and Windows (x64 and arm64) and FreeBSD (x64)'
  return refused(
    'ERR_UNSUPPORTED_PLATFORM',
    `threaded-async has a native addon for ${places}, but not for ${platform}: it may be built there from a clone of the repository.`,
  )
}

function whyMissing() {
  if (fs.existsSync(join(__dirname, 'Cargo.toml'))) {
    return `The native addon of threaded-async for ${platform} is not built yet: run \`npm run build\` in ${__dirname}.`
  }
  if (found(`${request}/package.json`) !== undefined) {
    return `The package ${request} is installed without its file: install the package again.`
  }
  const others = otherPackages()
  if (others.length > 0) {
    return (
      `threaded-async needs the package ${request} here, and what is installed is ${others.join(', ')}: ` +
      'install the dependencies again on this platform, without the node_modules folder that comes from another.'
    )
  }
  return (
    `threaded-async needs the package ${request}, an optional dependency that is not installed: ` +
    'npm leaves it out with --omit=optional, and where package-lock.json was made on another platform; ' +
    'install again without that option, or without node_modules and that file.'
  )
}

/** The packages for other platforms. */
function otherPackages() {
  const scopes = (own().resolve.paths(request) ?? []).map(folder => join(folder, '@threaded-async'))
  return scopes
    .filter(scope => fs.existsSync(scope))
    .flatMap(scope => fs.readdirSync(scope).map(name => `@threaded-async/${name}`))
}

module.exports = addon()
