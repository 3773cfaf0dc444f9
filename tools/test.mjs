// All that a change must pass: `npm test`.
//
// Promises to run every check, cheap ones first, to stop at the first that fails, and to count the specs: a run of none
// is a failure. Arguments are handed to ava: `npm test -- __test__/queue/queue.spec.mjs` runs that spec alone.

import { fail, prepare, run, runPackage, runSpecs } from './prepare.mjs'

const specs = process.argv.slice(2)
const denied = ['--', '-D', 'warnings']

await prepare()
if (specs.length === 0) {
  await step('Format', () => {
    run('cargo', ['fmt', '--check'])
    runPackage('prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.'])
  })
  await step('Lint', () => {
    run('cargo', ['clippy', '--quiet', '--all-targets', ...denied])
    run('cargo', [
      'clippy',
      '--quiet',
      '--all-targets',
      '--no-default-features',
      '--features',
      'futures,scripts',
      ...denied,
    ])
    runPackage('oxlint/bin/oxlint', ['--quiet', '--deny-warnings'])
  })
  await step('Types', () => runPackage('typescript/bin/tsc', ['-p', '__test__/types/tsconfig.json']))
  await step('Package', async () => {
    const { checkPackages } = await import('./check-package.mjs') // It needs the dependencies.
    await checkPackages()
  })
  await step('Rust', () => {
    run('cargo', ['test', '--quiet', '--no-default-features', '--features', 'futures,scripts'])
    run('cargo', ['test', '--quiet', '--lib', 'binding::'])
  })
  await step('Rust under loom', () => run('cargo', ['loom', '--quiet']))
}
await step('JavaScript', () => runSpecs(process.execPath, specs))
if (specs.length === 0) await step('Ecosystem', () => run(process.execPath, ['tools/ecosystem.mjs', '--most-used']))

async function step(name, check) {
  const start = performance.now()
  console.log(`\n== ${name}`)
  try {
    await check()
  } catch (error) {
    // A program that was run has told by itself what is wrong.
    if (error.status === undefined) console.error(error.message)
    fail(`\n${name}: failed.`)
  }
  console.log(`   ${((performance.now() - start) / 1000).toFixed(1)} s`)
}
