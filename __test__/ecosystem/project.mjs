// One project of the ecosystem: installed, written, run, and its outcome.
//
// Promises that what a project needs of npm is installed once, into a folder of the cache that is named for its contents,
// that the package in it is always the one of this clone, and that every command has a deadline, after which it is killed
// with all that it has started. The cache is outside of the clone, as the clone's own modules must not be found.

import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { root } from '../../tools/prepare.mjs'
import { packInto } from './packed.mjs'

const hashOf = text => createHash('sha256').update(text).digest('hex').slice(0, 12)
const cache = cacheFolder('threaded-async-ecosystem', hashOf(root))
const DEADLINE = 600_000 // For what hangs, not for what is slow.
let packing
let library

/** A folder in the user's cache or, where the user has none to write to, among the temporary files. */
function cacheFolder(...names) {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), ...names)
  try {
    mkdirSync(folder, { recursive: true })
    return folder
  } catch {
    return join(tmpdir(), ...names)
  }
}

/** Runs a project. Its outcome has `code`, `output`, and `checks` as the project has written them. */
export async function run(project) {
  library = await (packing ??= packInto(join(cache, 'packed')))
  const [node, modules] = [await nodeOf(project.node), await installed(project)]
  const folder = join(project.apart ? join(cache, 'apart') : modules, slugOf(project))
  rmSync(folder, { recursive: true, force: true })
  const result = join(folder, 'result.json')
  const files = { 'package.json': manifestOf(project), ...project.files }
  for (const [name, text] of Object.entries(files)) write(join(folder, name), text)
  const path = [dirname(node), join(modules, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
  const { FORCE_COLOR, NODE_OPTIONS, NODE_ENV, ...rest } = process.env
  const env = { ...rest, PATH: path, RESULT: result, CI: '1', NO_COLOR: '1', ...project.env }
  const ended = await ends(project.command, { cwd: join(folder, project.within ?? ''), env }, project.input)
  return { ...ended, checks: existsSync(result) ? JSON.parse(readFileSync(result, 'utf8')) : undefined }
}

export const slugOf = ({ name }) =>
  name
    .toLowerCase()
    .replace(/[^\w.]+/g, '-')
    .replace(/^-/, '')

/** Those that install the package by themselves get it as a dependency. */
function manifestOf({ apart, manifest }) {
  const text = { name: 'project', version: '1.0.0', private: true, ...manifest }
  if (apart) {
    text.dependencies = { ...packages(), ...manifest?.dependencies }
    text.resolutions = packages() // What the package asks for may not be published yet.
  }
  return JSON.stringify(text, undefined, 2)
}

const packages = () => Object.fromEntries(library.tarballs.map(({ name, file }) => [name, `file:${file}`]))

function write(file, text) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

// --- what comes from npm

const installing = new Map()

/** The folder whose `node_modules` have what a project needs; several projects may have the same. */
function installed({ packages: wanted = {}, scripts = false }) {
  const key = hashOf(JSON.stringify([wanted, library.dependencies, packages()]))
  if (!installing.has(key)) installing.set(key, install(join(cache, key), wanted, scripts))
  return installing.get(key)
}

async function install(folder, wanted, scripts) {
  const stamp = join(folder, 'installed')
  if (!existsSync(stamp)) {
    rmSync(folder, { recursive: true, force: true })
    const manifest = { name: 'installed', private: true, dependencies: { ...wanted, ...packages() } }
    write(join(folder, 'package.json'), JSON.stringify(manifest))
    const options = '--prefer-offline --no-audit --no-fund --no-package-lock --loglevel=error'
    const command = `npm install ${options} ${scripts ? '' : '--ignore-scripts'}`
    const { code, output } = await ends(command, { cwd: folder, env: process.env })
    if (code !== 0) throw new Error(`npm does not install ${JSON.stringify(wanted)}:\n${output}`)
  } else if (readFileSync(stamp, 'utf8') !== library.hash) unpack(join(folder, 'node_modules'))
  writeFileSync(stamp, library.hash)
  return folder
}

/** Puts the package of this clone in the place of one that was installed before. */
function unpack(modules) {
  for (const { name, file } of library.tarballs) {
    const place = join(modules, name)
    rmSync(place, { recursive: true, force: true })
    mkdirSync(place, { recursive: true })
    execFileSync('tar', ['-xzf', file, '--strip-components=1', '-C', place])
  }
}

/** The program of a version of Node, which npm has, too. */
async function nodeOf(version) {
  if (version === undefined) return process.execPath
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const folder = await installed({ packages: { [name]: version } })
  return join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
}

// --- what is run

const running = new Set()
process.on('exit', () => running.forEach(killAll))

/** Runs a command line to its end; nothing that it has started is left then. */
function ends(command, options, input = '') {
  return new Promise(resolve => {
    const child = spawn(command, { ...options, shell: true, detached: process.platform !== 'win32' })
    running.add(child.pid)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text))
    const timer = setTimeout(() => {
      output += `\nIt was killed after ${DEADLINE} ms.`
      killAll(child.pid)
    }, DEADLINE)
    child.stdin.on('error', () => {}).end(input)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      running.delete(child.pid)
      killAll(child.pid)
      resolve({ code: code ?? signal, output })
    })
  })
}

function killAll(pid) {
  try {
    if (process.platform === 'win32') execFileSync('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore' })
    else process.kill(-pid, 'SIGKILL')
  } catch {} // Nothing was left.
}
