// Rivals that are no devDependencies, since one of them is compiled where it is installed: npm puts them into a folder of
// node_modules/.cache, once. What cannot be installed here is absent, with the reason.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const [major] = process.versions.node.split('.').map(Number)
const folder = fileURLToPath(new URL(`../../node_modules/.cache/sandboxes/node-${major}/`, import.meta.url))
const { resolve } = createRequire(pathToFileURL(folder))

/** Each version of isolated-vm asks for another Node.js. */
const versions = {
  'isolated-vm': major < 22 ? '5.0.4' : major < 24 ? '6.1.2' : '7.0.1',
  'quickjs-emscripten': '0.32.0',
  ses: '2.3.0',
}

/** Written when an installation has ended: one that was cut short leaves a folder, too. */
const mark = name => `${folder}${name}-${versions[name]}`

/** Whether a rival has been installed. */
export const isInstalled = name => existsSync(mark(name))

/** Installs a rival; returns why it cannot be, or nothing. */
export function install(name) {
  mkdirSync(folder, { recursive: true })
  if (!existsSync(`${folder}package.json`)) writeFileSync(`${folder}package.json`, '{ "private": true }\n')
  if (isInstalled(name)) return undefined
  try {
    const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${versions[name]}`]
    execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], shell: process.platform === 'win32' })
    writeFileSync(mark(name), '')
  } catch (error) {
    return `cannot be installed on Node.js ${process.versions.node}: ${String(error.stderr).trim().split('\n')[0]}`
  }
}

/** Imports a rival that is installed. */
export const rival = name => import(pathToFileURL(resolve(name)).href)
