// Whole programs with sandboxed scripts, each in a process of its own: how they end.
//
// Promises that no script keeps a process, a worker or a server from ending, whatever it does at that moment; and that what
// was printed, and what has failed, is told by then.

import test from 'ava'
import { passes, PATIENCE, run } from '../support/program.mjs'

const program = code => ['--input-type=module', '--eval', `import { Server } from 'threaded-async'\n${code}`]
/** What spins with these limits spins until it is cut. */
const busy = '{ turnBudget: 1e12, tickBudget: 1e12, turnTime: 600_000 }'
/** What never comes to rest ends by itself, so that a call which waits for rest goes on. */
const brief = '{ turnBudget: 1e12, tickBudget: 1e12, turnTime: 50 }'

const programs = {
  'a process that exits while scripts spin': `
    const server = new Server({ handlers: {}, scriptThreads: 4 })
    for (let i = 0; i < 8; i++) server.createScript('for (;;);', ${busy})
    await new Promise(resolve => setTimeout(resolve, 50))
    console.log('pass')
    process.exit(0)`,
  'a process that has nothing left to do but scripts that wait': `
    const server = new Server({ handlers: {} })
    for (const source of ['await host.nextTick()', 'await host.ask()', 'await host.delay(5)']) server.createScript(source)
    server.settle()
    console.log('pass')`,
  'a process that ends while scripts spin': `
    const server = new Server({ handlers: {}, scriptThreads: 2 })
    for (let i = 0; i < 4; i++) server.createScript('for (;;);', ${busy})
    console.log('pass')`,
  'servers that are made and closed again and again': `
    for (let i = 0; i < 60; i++) {
      const server = new Server({ handlers: { ask: n => n }, scriptThreads: 1 + (i % 3) })
      for (let j = 0; j < 10; j++) {
        server.createScript(['await host.ask(1)', 'await host.nextTick()', 'for (;;) await host.ask(2)', 'for (;;) await null'][j % 4], ${brief})
      }
      if (i % 2 === 0) server.processAll({ maxRequests: 5 })
      try { server.close() } catch (error) { if (error.code !== 'ERR_EXCEPTION_GROUP') throw error }
    }
    console.log('pass')`,
  'workers that are terminated amid their scripts': `
    import { Worker } from 'node:worker_threads'
    const code = \`Promise.all([import('threaded-async'), import('node:worker_threads')]).then(([{ Server }, { parentPort }]) => {
      const server = new Server({ handlers: { ask: n => n }, scriptThreads: 2 })
      for (let i = 0; i < 10; i++) server.createScript('for (;;) await host.ask(1)', ${busy})
      server.createScript('for (;;);', ${brief})
      parentPort.postMessage('up')
      for (;;) server.processAll({ maxRequests: 50 })
    })\`
    for (let i = 0; i < 8; i++) {
      const worker = new Worker(code, { eval: true })
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
      await new Promise(resolve => setTimeout(resolve, i * 7))
      await worker.terminate()
    }
    console.log('pass')`,
  'a server that a worker leaves open': `
    import { Worker } from 'node:worker_threads'
    const code = \`import('threaded-async').then(({ Server }) => {
      const server = new Server({ handlers: {} })
      server.createScript('await host.nextTick()')
      server.createScript('export default () => 5').wait()
    })\`
    for (let i = 0; i < 4; i++) {
      const worker = new Worker(code, { eval: true })
      const exitCode = await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject))
      if (exitCode !== 0) throw new Error('exit code ' + exitCode)
    }
    console.log('pass')`,
}

for (const [title, code] of Object.entries(programs)) {
  test(`B9: ${title}`, async t => {
    t.timeout(PATIENCE)
    await passes(t, program(code))
  })
}

test('what a script has printed is there when the process ends without another turn', async t => {
  t.timeout(PATIENCE)
  const code = `
    const server = new Server({ handlers: {} })
    server.createScript('console.log("one"); console.error("two\\\\nthree")', { name: 'talker' }).wait()
    server.createScript('console.log("last"); for (;;) await host.nextTick()', { name: 'other' })
    server.settle()`
  const { code: exitCode, stdout, stderr } = await run(program(code))
  t.is(exitCode, 0)
  t.is(stdout, 'talker: one\nother: last\n')
  t.is(stderr, 'talker: two\ntalker: three\n')
})

test('the error of a script that nobody has asked for is told when the process ends', async t => {
  t.timeout(PATIENCE)
  const code = `
    const server = new Server({ handlers: {} })
    server.createScript('throw new RangeError("nobody asked")', { name: 'failing' })
    server.settle()`
  const { stdout, stderr } = await run(program(code))
  t.is(stdout, '')
  t.regex(stderr, /Task 'failing' failed: RangeError: nobody asked/)
})
