// An arena: scripts, each an endless async function, move robots on a grid; a blocking main loop plays the game.
//
// The loop runs at a fixed rate. In every frame it gives the scripts' calls a budget of time, no more, and then has the
// time that is left for itself. A tick ends when no script has anything more to ask, however many frames that takes, and
// only then are the orders carried out. So the budget and the machine decide how fast a game is, and the seed alone
// decides how it goes: the same seed writes the same replay, byte for byte.
//
// Run it: node examples/arena.mjs --replay arena.html

import { writeFileSync } from 'node:fs'
import { Event, Server, taskModule } from 'threaded-async'
import { Game } from './arena/game.mjs'
import { optionsOf } from './arena/options.mjs'
import { Replay } from './arena/replay.mjs'
import { Screen } from './arena/screen.mjs'

/** @import { ExecutionRequest, Future } from 'threaded-async' */
/** @import { ArenaApi } from './arena/scripts.mjs' */

/** @type {import('threaded-async').TaskModule<typeof import('./arena/scripts.mjs')>} */
const scripts = taskModule(new URL('./arena/scripts.mjs', import.meta.url))

/** How often a script may look in one tick. */
const looksPerTick = 4

/** Answers the scripts: looks at once, orders at the end of the tick. @extends {Server<ArenaApi>} */
class Arena extends Server {
  #game
  #tasks
  #looks = new Map()
  #orders = new Map()
  #early = []

  constructor(game, seed) {
    // A script that never awaits would hold the loop for ever: that ends the game, and the error names the script.
    super({ name: 'arena', callInLoopTimeout: 60_000 })
    this.#game = game
    this.#tasks = game.robots.map(({ number, name, kind }) =>
      this.createBackgroundTask(scripts.play, [this, number, kind, seed], { name }),
    )
  }

  /** @param {ExecutionRequest<ArenaApi>} request @param {Future<unknown>} future */
  handleRequest({ fun, args: [number, direction] }, future) {
    this.#receive({ robot: this.#game.robots[number], fun, direction, future })
  }

  #receive(call) {
    const { robot, fun, future } = call
    const looks = this.#looks.get(robot) ?? 0
    if (robot.outAt > 0) {
      future.setException(new Error(`${robot.name} is out of the game`))
    } else if (fun === 'look' && looks < looksPerTick) {
      this.#looks.set(robot, looks + 1)
      future.setResult(this.#game.look(robot))
    } else if (fun !== 'look' && !this.#orders.has(robot)) {
      this.#orders.set(robot, call) // The future is kept: what comes of an order shows when all have been given.
    } else {
      this.#early.push(call) // Too much for one tick; it counts for the next one.
    }
  }

  beginTick() {
    this.tick() // Wakes the scripts that await nextTick().
    this.#looks.clear()
    this.#orders.clear()
    for (const call of this.#early.splice(0)) this.#receive(call)
  }

  /** Blocks until the scripts have gone as far as they can. */
  hasHeardAll() {
    this.settle()
    return this.pending === 0
  }

  endTick() {
    const outcomes = this.#game.step([...this.#orders.values()])
    for (const { robot, future } of this.#orders.values()) {
      if (outcomes.has(robot)) future.setResult(outcomes.get(robot))
    }
    for (const robot of this.#game.robots) {
      if (robot.outAt === this.#game.tick) this.#tasks[robot.number].cancel()
    }
  }
}

/** The main loop. Blocks until the game is over; every tick is shown once. */
function play(arena, game, { ticks, rate, budget, requests }, show) {
  let due = performance.now()
  let isTickOver = true
  while (game.tick < ticks && game.standing > 1) {
    if (isTickOver) arena.beginTick()
    arena.processAll({ maxTime: budget, maxRequests: requests })
    isTickOver = arena.hasHeardAll()
    if (isTickOver) {
      arena.endTick()
      show()
    }
    if (rate > 0) {
      due = Math.max(due + 1000 / rate, performance.now()) // A frame that comes late delays the ones after it.
      waitUntil(due)
    }
  }
}

/** Blocks the main thread, as all waits here do, so Ctrl-C ends it as it ends them. */
function waitUntil(time) {
  try {
    new Event().wait({ timeout: Math.max(0, time - performance.now()) })
  } catch (error) {
    if (error.code !== 'ERR_EVENT_LOOP_TIMEOUT') throw error
  }
}

function main() {
  const options = optionsOf(process.argv.slice(2))
  const game = new Game(options)
  const replay = new Replay(game, options)
  const screen = new Screen(game, options)
  const arena = new Arena(game, options.seed)
  try {
    play(arena, game, options, () => {
      replay.record()
      screen.draw()
    })
  } finally {
    screen.end()
    arena.close()
  }
  screen.printScores()
  if (options.replay === undefined) return
  writeFileSync(options.replay, replay.toHtml())
  console.log(`The replay is in ${options.replay}`)
}

// With a listener, Ctrl-C does not end the process: the blocking call throws, and the terminal is left as it was.
process.once('SIGINT', () => {})
try {
  main()
} catch (error) {
  const isInterrupted = error.code === 'ERR_INTERRUPTED'
  if (!isInterrupted) console.error(`arena: ${error.message}`)
  process.exitCode = isInterrupted ? 130 : 1
}
