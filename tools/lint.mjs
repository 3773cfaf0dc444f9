// What can be said of a change without running it: `npm run lint`, and the first steps of `npm test`.
//
// Promises to check format, lints and types of everything in the project, and to stop at the first step that fails.

import { fail, prepare, run, runPackage } from './prepare.mjs'

const denied = ['--', '-D', 'warnings']

export async function lint() {
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
}

/** One check of several: it is named and timed, and ends the process where it fails. */
export async function step(name, check) {
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

if (process.argv[1] === import.meta.filename) {
  await prepare()
  await lint()
}
