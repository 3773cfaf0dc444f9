// A real NATS server for the specs: the program that NATS_SERVER names, or `nats-server` on the PATH.
//
// Promises a server on loopback with a directory and a port of its own, which can be killed, stopped, and started again
// on the same directory and port; and that nothing of it is left when its spec has ended.

import { spawn, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { NatsLink } from 'threaded-async/nats'
import { isStopped } from './threads.mjs'

const program = process.env.NATS_SERVER ?? 'nats-server'

/** Why there is no server; undefined where there is one. */
export const missing =
  spawnSync(program, ['--version']).status === 0
    ? undefined
    : 'There is no nats-server on the PATH, and NATS_SERVER names none.'

/** A test of `ava` that is skipped where there is no server, and says why. */
export function withServer(test) {
  return missing === undefined ? test : (title, ...rest) => test.skip(`${title} (skipped: ${missing})`, ...rest)
}

/** One that the system gives to nobody by itself, as it does with larger ones: it is still free when the server starts again. */
async function freePort() {
  for (;;) {
    const port = randomInt(10_000, 32_000)
    const probe = createServer()
    const isFree = once(probe, 'listening').then(() => true, () => false) // prettier-ignore
    probe.listen(port, '127.0.0.1')
    if (!(await isFree)) continue
    probe.close()
    await once(probe, 'close')
    return port
  }
}

export class NatsServer {
  #child
  #folder = mkdtempSync(join(tmpdir(), 'threaded-async-nats-'))
  #port
  #config
  #host

  /** `config`: more lines for the server's configuration. `host`: the address that it listens at. */
  static async start(config = '', host = '127.0.0.1') {
    const server = new NatsServer()
    await server.#open(config, host)
    return server
  }

  /** One for all tests of a file, which are skipped where there is no program for it; it is there when they run. */
  static shared(test) {
    const server = new NatsServer()
    test.before(() => (missing === undefined ? server.#open('', '127.0.0.1') : undefined))
    test.after.always(() => server.end())
    return server
  }

  async #open(config, host) {
    this.#port = await freePort()
    this.#config = config
    this.#host = host
    await this.start()
  }

  /** A link to it, which is closed when the test has ended. */
  link(t, options) {
    const link = new NatsLink({ servers: this.url, ...options })
    t.teardown(() => link.closeAsync())
    return link
  }

  get url() {
    return `nats://127.0.0.1:${this.#port}`
  }

  get pid() {
    return this.#child.pid
  }

  /** Resolves once it takes connections; with another configuration than before, where one is given. */
  async start(config = this.#config) {
    this.#config = config
    const file = join(this.#folder, 'server.conf')
    const store = JSON.stringify(join(this.#folder, 'store'))
    const lines = [`listen: "${this.#host}:${this.#port}"`, `jetstream { store_dir: ${store} }`, this.#config]
    writeFileSync(file, `${lines.join('\n')}\n`)
    const child = spawn(program, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#child = child
    let said = ''
    await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', () => reject(new Error(`The server has ended:\n${said}`)))
      child.stderr.setEncoding('utf8').on('data', text => {
        said += text
        if (said.includes('Server is ready')) resolve()
      })
    })
    child.stderr.removeAllListeners('data').resume()
    child.removeAllListeners('exit')
  }

  /** Resolves when the signal has had its effect: one of the server's threads has to run before SIGSTOP stops the others. */
  async signal(name) {
    this.#child.kill(name)
    while (name === 'SIGSTOP' && !isStopped(this.#child.pid)) await setImmediate()
  }

  async kill() {
    if (this.#child === undefined) return // It was never started.
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
  }

  async end() {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
