// The stack of an inline function of TypeScript tells the line and column of the TypeScript.

import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { root, run } from '../support/program.mjs'

const text = `import { AsyncRunner } from 'threaded-async'

interface Big {
  a: number
}

const runner = new AsyncRunner()
const stackOf = (call: () => unknown): string => {
  try {
    call()
    return ''
  } catch (error) {
    return (error as Error).stack!
  }
}
const first = stackOf(() =>
  runner.run(async (x: number): Promise<Big> => {
    const y: number = x
    throw new Error('in line 19' + y)
  }, [1]),
)
const second = stackOf(() => runner.run(() => { throw new Error('in line 22') }))
console.log([first, second].map(stack => /prog\\.ts:(\\d+:\\d+)/.exec(stack)?.[1]).join(' '))
runner.close()
`

const folder = mkdtempSync(join(tmpdir(), 'mapped-'))
mkdirSync(join(folder, 'node_modules'))
symlinkSync(root, join(folder, 'node_modules', 'threaded-async'), 'dir')
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
writeFileSync(join(folder, 'prog.ts'), text)
const options = { cwd: folder }
const expected = '19:11 22:55\n'

test('under tsx', async t => {
  const { stdout, stderr } = await run([join(root, 'node_modules/tsx/dist/cli.mjs'), 'prog.ts'], options)
  t.is(stdout, expected, stderr)
})

test('compiled by tsc, with source maps', async t => {
  const flags = '--sourceMap --module nodenext --target es2020 --outDir out --skipLibCheck --types node --typeRoots'
  const types = join(root, 'node_modules/@types')
  await run([join(root, 'node_modules/typescript/bin/tsc'), ...flags.split(' '), types, 'prog.ts'], options)
  const { stdout, stderr } = await run(['--enable-source-maps', 'out/prog.js'], options)
  t.is(stdout, expected, stderr)
})

const strips = process.features.typescript === 'strip' ? test : test.skip
strips('with its types stripped by Node', async t => {
  const { stdout, stderr } = await run(['prog.ts'], options)
  t.is(stdout, expected, stderr)
})
