// The arena with sandboxed scripts: each robot has an engine of its own, with its own memory and its own budget of steps.
//
// Promises that a script which spins, floods or leaks is ended alone, at the same step in every game of this seed, while
// the others play on; that a call is about the robot whose script makes it, whatever the script says; and that a game can
// be saved between two ticks. A robot whose script was ended stands where it is, until it starves.

import { readFileSync } from 'node:fs'
import { Arena } from './server.mjs'

const textOf = name => readFileSync(new URL(name, import.meta.url), 'utf8')
/** What scripts may import: the same minds that the tasks of the other arena have. */
const modules = {
  'minds.mjs': textOf('minds.mjs'),
  'random.mjs': textOf('random.mjs'),
  'rogue.mjs': textOf('rogue.mjs'),
}

const player = `
import { minds } from 'minds.mjs'
import { Random } from 'random.mjs'
await minds[kind](host, new Random(seed + '/' + number))`

const rogue = `
import { misbehave } from 'rogue.mjs'
import { Random } from 'random.mjs'
await misbehave(host, new Random(seed + '/' + number), harm)`

/** What becomes of a script, the end of a tick tells. */
const onTaskError = () => {}

export class SandboxedArena extends Arena {
  /** The scripts that were ended. @type {{ number: number, name: string, tick: number, code: string, message: string }[]} */
  endings = []
  #ended = new Set()

  /** @param {{ rogues: number, threads: number, saved?: object }} settings */
  constructor(game, { seed, rogues, threads, saved }) {
    super(game, seed, { rogues, saved }, { scriptThreads: threads, now: saved?.now, onTaskError })
    if (saved === undefined) return
    this.endings.push(...saved.endings)
    for (const { number } of saved.endings) this.#ended.add(number)
  }

  begin({ number, name, kind }, seed, { rogues, saved }) {
    const restore = saved?.scripts.get(number)
    if (saved !== undefined && restore === undefined) return undefined
    const harm = number - this.game.robots.length + rogues
    return this.createScript(harm < 0 ? player : rogue, {
      name,
      globals: { kind, seed, number, harm },
      modules,
      memoryLimit: 2 ** 18,
      turnBudget: 4_000_000,
      client: this.createClient({ name: String(number) }),
      restore,
    })
  }

  /** The core says which client asks: a script can not speak for another robot. */
  read({ fun, client, args: [direction] }) {
    return { robot: this.game.robots[Number(client)], fun, direction }
  }

  endTick() {
    for (const robot of this.game.robots) this.#look(robot)
    super.endTick()
  }

  /** Whether the script of a robot has ended, and why. */
  #look(robot) {
    const { number, name, outAt } = robot
    if (outAt > 0 || this.#ended.has(number) || !this.taskOf(robot).done()) return
    this.#ended.add(number)
    try {
      this.taskOf(robot).wait()
    } catch ({ code, message }) {
      this.endings.push({ number, name, tick: this.game.tick + 1, code, message })
    }
  }

  /** The scripts that go on, as bytes. */
  save() {
    this.settle()
    for (const robot of this.game.robots) this.#look(robot)
    const going = this.game.robots.filter(({ number, outAt }) => outAt === 0 && !this.#ended.has(number))
    const scripts = new Map(going.map(robot => [robot.number, this.taskOf(robot).save()]))
    return { scripts, endings: this.endings, now: this.now }
  }
}
