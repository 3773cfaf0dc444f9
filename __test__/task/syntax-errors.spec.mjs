// A module that a loop imports, and that cannot be parsed: the error says in which file and line, by whatever road it comes.
//
// Promises to cover R6 for ES modules, of whose syntax errors Node shows the place on the main thread alone, and that the stack
// of any other error is what it was.

import ava from 'ava'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AsyncRunner, Queue, synchronized, taskModule } from 'threaded-async'
import { closedAfter, runnerFor } from '../support/runner-fixture.mjs'

const test = ava.serial

const folder = mkdtempSync(join(tmpdir(), 'runner-syntax-'))
ava.after.always(() => rmSync(folder, { recursive: true }))

const texts = {
  'token.mjs': 'export const fine = 1\nexport const options = {\n  a: \n}\n',
  'end.mjs': 'export const unfinished =\n',
  'awaits.mjs': 'await 1\nexport const x = (1 +\n',
  'hashbang.mjs': '#!/usr/bin/env node\n\nlet a, a\n',
  'early.mjs': 'import "node:fs"\nexport { nowhere }\n',
}
for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text)
const lines = { 'token.mjs': 4, 'end.mjs': 2, 'awaits.mjs': 3, 'hashbang.mjs': 3, 'early.mjs': 2 }
writeFileSync(join(folder, 'outer.mjs'), "import './middle.mjs'\nexport const fn = () => 1\n")
writeFileSync(join(folder, 'middle.mjs'), "export * from './token.mjs'\n")

const hrefOf = name => pathToFileURL(join(folder, name)).href

/** Whether it is the error of the engine, with its place in front. */
function checkPlace(t, error, name) {
  t.true(error instanceof SyntaxError)
  t.is(error.code, undefined)
  t.true(error.stack.startsWith(`${hrefOf(name)}:${lines[name]}\n`), error.stack)
  t.true(error.stack.includes(`\nSyntaxError: ${error.message}\n    at `), error.stack)
}

for (const name of Object.keys(texts)) {
  test(`R6: file and line of a syntax error, through every wait: ${name}`, async t => {
    const runner = runnerFor(t)
    const { fn } = taskModule(hrefOf(name))
    checkPlace(
      t,
      t.throws(() => runner.run(fn)),
      name,
    )
    checkPlace(
      t,
      t.throws(() => runner.callInLoop(fn)),
      name,
    )
    checkPlace(t, await t.throwsAsync(runner.createTask(fn).result()), name)
  })
}

/** Roads by which the error of an import comes to this thread; `href` is that of the module. */
const roads = {
  'an inline function': (t, href) => runnerFor(t).run(async href => void (await import(href)), [href]),
  'a module that imports it': t => runnerFor(t).run(taskModule(hrefOf('outer.mjs')).fn),
  synchronized: (t, href) => closedAfter(t, synchronized(new URL(href))).anything,
  'a cause': (t, href) => {
    const failing = async href => {
      try {
        await import(href)
      } catch (cause) {
        throw new Error('The plugin cannot be loaded.', { cause })
      }
    }
    throw t.throws(() => runnerFor(t).run(failing, [href]), { message: 'The plugin cannot be loaded.' }).cause
  },
  'a result': (t, href) => {
    const [{ reason }] = runnerFor(t).run(href => Promise.allSettled([import(href)]), [href])
    throw reason
  },
  'an item of a queue, the second time': (t, href) => {
    const queue = new Queue()
    const putting = async (queue, href) => {
      const error = await import(href).catch(error => error)
      queue.putNowait(error)
      queue.putNowait({ error })
    }
    runnerFor(t).run(putting, [queue, href])
    queue.getNowait()
    throw queue.getNowait().error
  },
  'a loop that has it of another': (t, href) => {
    const inner = async href => {
      const runner = new AsyncRunner()
      try {
        await runner.createTask(href => import(href), [href]).result()
      } finally {
        await runner.closeAsync()
      }
    }
    runnerFor(t).run(inner, [href])
  },
  'what no task has caught': (t, href) => {
    const runner = new AsyncRunner()
    runner.run(async href => void import(href), [href])
    runner.run(href => import(href).catch(() => {}), [href]) // By then it has failed.
    throw t.throws(() => runner.close(), { code: 'ERR_EXCEPTION_GROUP' }).exceptions[0]
  },
}

for (const [road, fail] of Object.entries(roads)) {
  test(`R6: file and line of a syntax error, by any road: ${road}`, t => {
    checkPlace(
      t,
      t.throws(() => fail(t, hrefOf('token.mjs'))),
      'token.mjs',
    )
  })
}

test('R6: file and line of a syntax error are there once, and nothing is left behind in the globals', t => {
  const runner = runnerFor(t)
  const globals = () => Reflect.ownKeys(globalThis).map(String)
  const before = runner.run(globals)
  const error = t.throws(() => runner.run(async href => void (await import(href)), [hrefOf('token.mjs')]))
  t.is(error.stack.split('token.mjs').length, 2, error.stack)
  t.deepEqual(runner.run(globals), before)
})

const others = {
  JSON: () => JSON.parse('{'),
  RegExp: () => 'text'.search('('),
  Function: () => new Function('}'),
  "an error of the program's own": () => {
    throw new SyntaxError('mine')
  },
  'one that looks as if it came of an import': () => {
    const error = new SyntaxError('mine')
    error.stack = 'SyntaxError: mine\n    at load (node:internal/modules/esm/loader:1:1)\n    at somewhere'
    throw error
  },
  'a frozen one': () => {
    throw Object.freeze(new SyntaxError('mine'))
  },
}

for (const [what, fail] of Object.entries(others)) {
  test(`X1: the stack of another SyntaxError is as it was: ${what}`, t => {
    const runner = runnerFor(t)
    const error = t.throws(() => runner.run(fail), { instanceOf: SyntaxError })
    t.true(error.stack.startsWith(`SyntaxError: ${error.message}\n    at `), error.stack)
  })
}
