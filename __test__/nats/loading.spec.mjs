// What is loaded of the client for NATS, and what is said where it is not installed.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { root } from '../support/program.mjs'

const run = (code, cwd) => execFileSync(process.execPath, ['-e', code], { cwd, encoding: 'utf8' })

test('nothing of the client is loaded on the thread that makes a link', t => {
  const code = `
    const { NatsLink } = require('threaded-async/nats')
    const link = new NatsLink({ servers: 'nats://127.0.0.1:9' })
    try { link.queue('a').putWait(1, { timeout: 100 }) } catch (error) { console.log(error.code) }
    link.close()
    console.log(Object.keys(require.cache).filter(file => file.includes('@nats-io')).length)`
  t.is(run(code, root), 'ERR_EVENT_LOOP_TIMEOUT\n0\n')
})

test('where the client is not installed, a link says in one sentence what to install', t => {
  const folder = mkdtempSync(join(tmpdir(), 'threaded-async-nats-missing-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const addons = readdirSync(root).filter(name => name.endsWith('.node'))
  for (const name of ['dist', 'binding.cjs', 'package.json', ...addons]) {
    cpSync(join(root, name), join(folder, name), { recursive: true })
  }
  const code = `
    const { NatsLink } = require('./dist/nats.cjs')
    try { new NatsLink({ servers: 'nats://127.0.0.1:9' }) } catch (error) { console.log(error.code, error.message) }`
  const names = '@nats-io/transport-node @nats-io/jetstream'
  const sentence = `threaded-async/nats needs ${names.replace(' ', ' and ')}: npm install ${names}`
  t.is(run(code, folder), `ERR_NATS_CLIENT_MISSING ${sentence}\n`)
})
