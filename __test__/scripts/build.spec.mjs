// The module of the scripts' engine is what its sources make. Where zig is not there, this says so and tries nothing.

import test from 'ava'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildEngine, zig } from '../../tools/engine.mjs'

const checkedIn = new URL('../../src/script/engine/engine.wasm', import.meta.url)
const hash = bytes => createHash('sha256').update(bytes).digest('hex')

const built = zig() === undefined ? test.skip : test

built('engine.wasm is what its sources make, wherever they are built (skipped where zig is not there)', async t => {
  t.timeout(300_000)
  const folder = mkdtempSync(join(tmpdir(), 'engine-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  t.is(hash(await buildEngine(folder)), hash(readFileSync(checkedIn)))
})

test('engine.wasm has less than 1.05 megabytes', t => {
  t.true(readFileSync(checkedIn).length < 1_050_000)
})
