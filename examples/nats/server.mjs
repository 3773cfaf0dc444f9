// A NATS server on this machine, with a port and a directory of its own.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}

/** Resolves once it takes connections; with undefined where there is none. */
export async function startServer() {
  const [directory, port] = [await mkdtemp(join(tmpdir(), 'threaded-async-nats-')), await freePort()]
  const args = ['-js', '-sd', directory, '-a', '127.0.0.1', '-p', String(port)]
  const child = spawn(process.env.NATS_SERVER ?? 'nats-server', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise(resolve => child.once('close', resolve))
  const stop = async () => {
    child.kill()
    await ended
    await rm(directory, { recursive: true, force: true })
  }
  let said = ''
  const isReady = new Promise(resolve => {
    child.once('error', () => resolve(false)) // There is no such program.
    child.stderr.setEncoding('utf8').on('data', text => {
      said += text
      if (said.includes('Server is ready')) resolve(true)
    })
  })
  if (await isReady) return { url: `nats://127.0.0.1:${port}`, stop }
  await rm(directory, { recursive: true, force: true })
  return undefined
}
