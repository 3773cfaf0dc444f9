// All that a change must pass: `npm test`.
//
// Promises to run every check, cheap ones first, to stop at the first that fails, and to count the specs: a run of none
// is a failure. Arguments are handed to ava: `npm test -- __test__/queue/queue.spec.mjs` runs that spec alone.

import { lint, step } from './lint.mjs'
import { prepare, run, runSpecs } from './prepare.mjs'

const specs = process.argv.slice(2)

await prepare()
if (specs.length === 0) {
  await lint()
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
