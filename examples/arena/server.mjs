// The server of the arena: it answers the scripts, which run on its loop, tick by tick.
//
// Promises that a script sees the grid as it was when the tick began, and learns what became of its order when the tick
// has ended; that calls beyond the limit of a tick wait for the next, so that no script can hold one up by asking; that
// no method takes longer than it is given, however long a script computes; and that the script of a robot which is out is
// cancelled. Refuses calls that are neither a look nor an order. Believes a call which robot it is for.

import { Server, taskModule } from 'threaded-async'

/** @import { ExecutionRequest, Future } from 'threaded-async' */
/** @import { Game } from './game.mjs' */
/** @import { ArenaApi } from './scripts.mjs' */

/** @type {import('threaded-async').TaskModule<typeof import('./scripts.mjs')>} */
const ourScripts = taskModule(new URL('./scripts.mjs', import.meta.url))

/** How often a script may look in one tick. */
const looksPerTick = 4
const orders = new Set(['walk', 'eat', 'fight'])

/** A script that has not awaited anything for so many milliseconds ends the game; the error names it. */
const patience = 60_000

/** Answers the scripts: looks at once, orders at the end of the tick. @extends {Server<ArenaApi>} */
export class Arena extends Server {
  #game
  #tasks
  #looks = new Map()
  #orders = new Map()
  #early = []
  #restedAt = performance.now()

  /** @param {Game} game @param {string} seed */
  constructor(game, seed, scripts = ourScripts, { now = 0, ...options } = {}) {
    super({ name: 'arena', callInLoopTimeout: patience, ...options })
    this.#game = game
    if (now > 0) this.advance({ until: now }) // A game that is restored has the time it had.
    this.#tasks = game.robots.map(robot => this.begin(robot, seed, scripts))
  }

  get game() {
    return this.#game
  }

  /** Begins the script of a robot. */
  begin({ number, name, kind }, seed, scripts) {
    return this.createBackgroundTask(scripts.play, [this, number, kind, seed], { name })
  }

  taskOf(robot) {
    return this.#tasks[robot.number]
  }

  /** @param {ExecutionRequest<ArenaApi>} request @param {Future<unknown>} future */
  handleRequest(request, future) {
    this.#receive({ ...this.read(request), future })
  }

  /** What a call is about. */
  read({ fun, args: [number, direction] }) {
    return { robot: this.#game.robots[number], fun, direction }
  }

  #receive(call) {
    const { robot, fun, future } = call
    const looks = this.#looks.get(robot) ?? 0
    if (robot.outAt > 0) {
      future.setException(new Error(`${robot.name} is out of the game`))
    } else if (fun === 'look' && looks < looksPerTick) {
      this.#looks.set(robot, looks + 1)
      future.setResult(this.#game.look(robot))
    } else if (fun !== 'look' && !orders.has(fun)) {
      future.setException(new TypeError(`robots do not ${fun}`))
    } else if (fun !== 'look' && !this.#orders.has(robot)) {
      this.#orders.set(robot, call) // The future is kept: what comes of an order shows when all have been given.
    } else {
      this.#early.push(call) // Too much for one tick; it counts for the next one.
    }
  }

  /** Begins the next tick; false if the scripts are not at rest within so many milliseconds. */
  beginTick(milliseconds) {
    // Wakes the scripts that await nextTick(); what they do then may take longer.
    if (!this.#within(milliseconds, timeout => this.tick({ timeout }))) return false
    this.#looks.clear()
    this.#orders.clear()
    for (const call of this.#early.splice(0)) this.#receive(call)
    return true
  }

  /** Whether the scripts have gone as far as they can, within so many milliseconds. */
  hasHeardAll(milliseconds) {
    return this.#within(milliseconds, timeout => this.settle({ timeout })) && this.pending === 0
  }

  #within(milliseconds, block) {
    try {
      block(milliseconds)
    } catch (error) {
      const isStuck = performance.now() - this.#restedAt > patience
      if (error.code !== 'ERR_EVENT_LOOP_TIMEOUT' || isStuck) throw error
      return error.tick !== undefined
    }
    this.#restedAt = performance.now()
    return true
  }

  endTick() {
    const outcomes = this.#game.step([...this.#orders.values()])
    for (const { robot, future } of this.#orders.values()) {
      if (outcomes.has(robot)) future.setResult(outcomes.get(robot))
    }
    for (const robot of this.#game.robots) {
      if (robot.outAt === this.#game.tick) this.taskOf(robot)?.cancel()
    }
  }
}
