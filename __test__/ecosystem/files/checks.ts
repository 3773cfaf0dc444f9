// What a project does with the package. It is compiled and run by whatever the project is about; where that takes
// JavaScript, the types are taken out, and where it takes CommonJS, the imports become calls of `require`.
//
// Promises one line for each check in `result.json`: what went wrong, or 'ok'.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  AsyncRunner,
  CapturedVariableError,
  Event,
  Queue,
  Server,
  sleep,
  taskModule,
  type Client,
} from 'threaded-async'

interface Tasks {
  twice(number: number): Promise<number>
}

interface Game {
  walk(steps: number): number
}

const seven = 7
const directory = process.cwd()

const checks = {
  'an inline function': (runner: AsyncRunner) =>
    equal(
      runner.run(async (first: number, second: number): Promise<number> => first * second, [6, seven]),
      42,
    ),

  'what is imported of this package at the top': (runner: AsyncRunner) => {
    const wasSet = runner.run(
      async (milliseconds: number): Promise<boolean> => {
        const event = new Event()
        const waiting = event.waitAsync()
        await sleep(milliseconds)
        event.set()
        await waiting
        return event.isSet()
      },
      [1],
    )
    equal(wasSet, true)
  },

  'import() of a builtin module': (runner: AsyncRunner) => {
    const folder = runner.run(
      async (path: string): Promise<string> => {
        const { dirname } = await import('node:path')
        return dirname(path)
      },
      ['/a/file'],
    )
    equal(folder, '/a')
  },

  'import() of a file beside this one': (runner: AsyncRunner) => {
    const greeting = runner.run(
      async (name: string): Promise<string> => {
        const { greet } = await import('./greet.mjs')
        return greet(name)
      },
      ['you'],
    )
    equal(greeting, 'hello you')
  },

  'a captured variable is refused by its name': (runner: AsyncRunner) => {
    try {
      runner.run(async (): Promise<number> => directory.length)
    } catch (error) {
      if (error instanceof CapturedVariableError && error.message.includes('directory')) return
      throw error
    }
    throw new Error('It was not refused.')
  },

  'functions of a module': (runner: AsyncRunner, url: URL) => {
    equal(runner.run(taskModule<Tasks>(url).twice, [21]), 42)
  },

  'a queue between both sides': (runner: AsyncRunner) => {
    const [numbers, squares] = [new Queue<number>(runner, { maxsize: 2 }), new Queue<number>(runner)]
    const squaring = async (numbers: Queue<number>, squares: Queue<number>): Promise<void> => {
      for await (const number of numbers) await squares.put(number ** 2)
      squares.shutdown()
    }
    const task = runner.createTask(squaring, [numbers, squares])
    for (let i = 1; i <= 5; i++) numbers.putWait(i)
    numbers.shutdown()
    equal([...squares.iterateWait()].join(), '1,4,9,16,25')
    task.wait()
  },

  'an error keeps its class': (runner: AsyncRunner) => {
    const error = errorOf(runner)
    if (!(error instanceof RangeError)) throw new Error(`It is a ${String(error)}`)
    equal(error.message, 'a mishap')
  },

  'its stack names the file and line': (runner: AsyncRunner) => {
    const { stack = '' } = errorOf(runner) as Error
    const [, file, line] = /^\s+at .*?((?:file:\/\/|\/|[A-Z]:\\)[^()\n]*):(\d+):\d+\)?$/m.exec(stack) ?? []
    if (file === undefined) throw new Error(`No file is in ${stack}`)
    const path = file.startsWith('file:') ? fileURLToPath(file) : file
    const text = readFileSync(path, 'utf8').split('\n')[Number(line) - 1]
    if (!text?.includes('a mishap')) throw new Error(`It names ${path}:${line}, where there is '${text}'.`)
  },

  'a server that processes its requests': () => {
    let x = 0
    const server = new Server<Game>({ handlers: { walk: (steps: number) => (x += steps) } })
    const script = async (me: Client<Game>): Promise<number> => (await me.walk(2)) + (await me.walk(3))
    const task = server.createBackgroundTask(script, [server.createClient()])
    for (let i = 0; i < 2; i++) server.process()
    equal(task.wait(), 7)
    server.close()
  },

  'a result that is awaited': async (runner: AsyncRunner) => {
    equal(await runner.createTask(async (number: number): Promise<number> => number + 1, [1]).result(), 2)
  },
}

/** Does all of it, with the tasks of `url`, and writes the outcome. */
export async function check(url: URL): Promise<void> {
  const outcomes: Record<string, string> = {}
  for (const [name, one] of Object.entries(checks)) {
    const runner = new AsyncRunner()
    try {
      await one(runner, url)
      outcomes[name] = 'ok'
    } catch (error) {
      outcomes[name] = String(error)
    } finally {
      runner.close()
    }
  }
  writeFileSync(process.env.RESULT ?? 'result.json', JSON.stringify(outcomes))
}

function errorOf(runner: AsyncRunner): unknown {
  try {
    runner.run(async (): Promise<void> => {
      throw new RangeError('a mishap')
    })
  } catch (error) {
    return error
  }
  return undefined
}

function equal(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`It is ${String(actual)} and not ${String(expected)}.`)
}
