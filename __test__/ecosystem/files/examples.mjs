// Runs the examples with another runtime and with Node.js: `node examples.mjs bun`.
//
// Promises to end with 1 if one of them prints something else there, but for durations.

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

const [runtime, ...options] = process.argv.slice(2)
/** What needs other packages, prints the versions of what is there, or sizes that depend on a library of the runtime. */
const others = ['compile.mjs', 'compress.mjs', 'postgres.mjs', 'tour.mjs']
const names = readdirSync('examples').filter(name => name.endsWith('.mjs') && !others.includes(name))

function printed(command, args) {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 })
  return `${stdout}${stderr}it ends with ${status}`.replaceAll(/[\d.]+ ?m?s\b/g, 'a while')
}

for (const name of names) {
  const [expected, actual] = [printed('node', [`examples/${name}`]), printed(runtime, [...options, `examples/${name}`])]
  if (actual === expected) continue
  console.log(`${name} prints\n${actual}\nand not\n${expected}`)
  process.exitCode = 1
}
console.log(`${names.length} examples`)
