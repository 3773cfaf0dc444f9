// Installs packed packages into an empty folder, as npm does from the registry, and runs programs with them:
// `node tools/try-packages.mjs target/packages`. It needs nothing of the clone but this file.
//
// Promises that `import` and `require` load the package there, in workers too, and that loops, queues and clients work.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const program = `
const { queue, runner, task } = make()
let sum = 0
for (let i = 0; i < 100; i++) sum += queue.getWait({ timeout: 60_000 })
if (sum !== 4950 || task.wait() !== process.arch) throw new Error('wrong: ' + sum)
const answer = serve()
if (answer !== 42) throw new Error('wrong: ' + answer)
runner.close()
console.log('pass')

function make() {
  const runner = new api.AsyncRunner({ name: 'try' })
  const queue = new api.Queue(runner, { maxsize: 2 })
  const task = runner.createTask(async queue => {
    for (let i = 0; i < 100; i++) await queue.put(i)
    return process.arch
  }, [queue])
  return { runner, queue, task }
}

function serve() {
  const server = new api.Server({ handlers: { double: n => 2 * n } })
  const client = server.createClient()
  const script = server.createTask(client => client.double(21), [client])
  server.processUntil(script)
  const result = script.wait()
  server.close()
  return result
}
`
const programs = {
  'imported.mjs': `import * as api from 'threaded-async'\n${program}`,
  'required.cjs': `const api = require('threaded-async')\n${program}`,
}

const [folder] = process.argv.slice(2)
const packages = readdirSync(folder).filter(name => name.endsWith('.tgz'))
const main = packages.find(name => /^threaded-async-\d/.test(name))
const own = packages.find(name => name.startsWith(`threaded-async-binding-${platform()}-`))
if (main === undefined || own === undefined) {
  console.error(`There is no package for ${platform()} in ${folder}.`)
  process.exit(1)
}

const project = mkdtempSync(join(tmpdir(), 'threaded-async-try-'))
try {
  writeFileSync(join(project, 'package.json'), '{ "private": true }')
  const files = [main, own].map(name => resolve(folder, name))
  const options = { cwd: project, stdio: 'inherit', timeout: 300_000 }
  execFileSync('npm', ['install', '--no-audit', '--no-fund', ...files], {
    ...options,
    shell: process.platform === 'win32',
  })
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(project, name), text)
    console.log(name)
    execFileSync(process.execPath, [name], options)
  }
} finally {
  rmSync(project, { recursive: true, maxRetries: 5 })
}

function platform() {
  const { platform, arch, report } = process
  if (platform === 'win32') return `win32-${arch}-msvc`
  if (platform !== 'linux') return `${platform}-${arch}`
  report.excludeNetwork = true
  return `linux-${arch}-${report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'gnu'}`
}
