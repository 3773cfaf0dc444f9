// All that a change must pass: `npm test`.
//
// Promises to run every check, cheap ones first, to stop at the first that fails, and to count the specs: a run of none
// is a failure. Arguments are handed to ava: `npm test -- __test__/queue/queue.spec.mjs` runs that spec alone.

import { fail, prepare, run, runPackage, runSpecs } from './prepare.mjs'

const specs = process.argv.slice(2)
const denied = ['--', '-D', 'warnings']

await prepare()
if (specs.length === 0) {
  step('Format', () => {
    run('cargo', ['fmt', '--check'])
    runPackage('prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.'])
  })
  step('Lint', () => {
    run('cargo', ['clippy', '--quiet', '--all-targets', ...denied])
    run('cargo', ['clippy', '--quiet', '--all-targets', '--no-default-features', '--features', 'futures', ...denied])
    runPackage('oxlint/bin/oxlint', ['--quiet', '--deny-warnings'])
  })
  step('Types', () => runPackage('typescript/bin/tsc', ['-p', '__test__/types/tsconfig.json']))
  step('Rust', () => {
    run('cargo', ['test', '--quiet', '--no-default-features', '--features', 'futures'])
    run('cargo', ['test', '--quiet', '--lib', 'binding::'])
  })
  step('Rust under loom', () => run('cargo', ['loom', '--quiet']))
}
step('JavaScript', () => runSpecs(process.execPath, specs))

function step(name, check) {
  const start = performance.now()
  console.log(`\n== ${name}`)
  try {
    check()
  } catch {
    fail(`\n${name}: failed.`)
  }
  console.log(`   ${((performance.now() - start) / 1000).toFixed(1)} s`)
}
