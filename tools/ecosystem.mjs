// Real projects with the tools that people use: `npm run test:ecosystem`, or those whose names begin with the words after `--`.
//
// Promises to install each from npm once, to run two at a time, to end with 1 if one of them behaves otherwise than its
// description says, and to write docs/compatibility.md when all have run, and done what is expected of them.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compatibility } from '../__test__/ecosystem/compatibility.mjs'
import { faultsOf } from '../__test__/ecosystem/expected.mjs'
import { run } from '../__test__/ecosystem/project.mjs'
import { projects } from '../__test__/ecosystem/projects/projects.mjs'
import { prepare, root } from './prepare.mjs'

const words = process.argv.slice(2).map(word => word.toLowerCase())
const isMeant = ({ name, isMostUsed }) =>
  words.includes('--most-used') ? isMostUsed : words.some(word => name.toLowerCase().startsWith(word))
const chosen = words.length === 0 ? projects : projects.filter(isMeant)
const waiting = [...chosen]
let failed = chosen.length === 0 ? 1 : 0

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1)) // Ends what is running, too.
await prepare()
await Promise.all([work(), work()])
if (words.length === 0 && failed === 0) writeFileSync(join(root, 'docs', 'compatibility.md'), await compatibility())
console.log(`${chosen.length} projects, ${failed} of them otherwise than expected`)
process.exitCode = failed > 0 ? 1 : 0

async function work() {
  for (let project = waiting.shift(); project; project = waiting.shift()) {
    const start = performance.now()
    const faults = await run(project).then(outcome => faultsOf(project, outcome), String)
    console.log(`${faults ? 'FAILS' : 'ok'}  ${project.name}  ${((performance.now() - start) / 1000).toFixed(1)} s`)
    if (faults) console.log(faults.replaceAll(/^/gm, '    '))
    if (faults) failed++
  }
}
