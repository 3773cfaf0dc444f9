// Screeps in 100 lines: a world that the scripts of players live in, tick by tick, and that can be saved with all of them.
//
// Each script has an engine of its own. What it computes is taken from its player's bucket, in steps; a player whose bucket
// is empty misses turns until it has filled again. A script that never comes back is ended alone.
// Run it: node examples/screeps.mjs

import { deserialize, serialize } from 'node:v8'
import { Server } from 'threaded-async'

const MINE = 5 // The base is at 0. What a creep brings there from the mine is worth 5, and a new creep costs 10.
const INCOME = 200_000 // Steps of the engine for each player in each turn,
const BUCKET = 5_000_000 // of which it can save up so many.

const work = 'for (const [id, isLoaded] of creeps.entries()) await host.move(id, isLoaded ? -1 : 1)'
const sources = {
  ada: `for (;;) {
    const [energy, creeps] = await host.look()
    if (energy >= 10) await host.spawn()
    ${work}
    await host.turn()
  }`,
  bob: `for (let plans = 0; ; await host.turn()) {
    const [, creeps] = await host.look()
    for (let i = 0; i < 1_000; i++) plans += i % 7
    ${work}
  }`,
  eve: 'await host.turn(); for (;;);',
}

const newCreep = id => ({ id, x: 0, step: 0, isLoaded: false })
const newPlayer = name => [name, { energy: 0, bucket: 0, creeps: [newCreep(0)], state: 'plays' }]

class Screeps extends Server {
  #scripts = new Map()
  #waiting = new Map()

  constructor(saved = { players: Object.fromEntries(Object.keys(sources).map(newPlayer)) }) {
    super({ name: 'screeps', scriptThreads: 2 })
    this.players = saved.players
    for (const [name, source] of Object.entries(sources)) {
      if (saved.scripts?.has(name) === false) continue // It was ended before the game was saved.
      const limits = { turnBudget: BUCKET, tickBudget: BUCKET, memoryLimit: 2 ** 20 }
      const options = { name, client: this.createClient({ name }), restore: saved.scripts?.get(name), ...limits }
      this.#scripts.set(name, this.createScript(source, options))
    }
    this.processAll()
  }

  /** What scripts may ask. The arguments are whatever a script likes, so they are checked. */
  handleRequest({ client, fun, args: [id, step] }, future) {
    const player = this.players[client]
    if (fun === 'turn') return void this.#waiting.set(client, future) // Answered when its player has a turn.
    if (fun === 'look') return void future.setResult([player.energy, player.creeps.map(({ isLoaded }) => isLoaded)])
    const canSpawn = fun === 'spawn' && player.energy >= 10
    const canMove = fun === 'move' && Number.isInteger(id) && id in player.creeps && Math.abs(step) === 1
    if (canSpawn) player.energy -= 10
    if (canSpawn) player.creeps.push(newCreep(player.creeps.length))
    if (canMove) player.creeps[id].step = step
    future.setResult(canSpawn || canMove)
  }

  turn() {
    this.tick()
    for (const [name, script] of this.#scripts) {
      const player = this.players[name]
      player.bucket = Math.min(BUCKET, player.bucket + INCOME)
      if (player.bucket > 0) this.#waiting.get(name)?.setResult()
      this.processAll()
      player.bucket -= script.usage().stepsThisTick
      if (script.done()) this.#end(name, script)
      for (const creep of player.creeps) {
        creep.x = Math.max(0, Math.min(MINE, creep.x + creep.step))
        if (creep.isLoaded && creep.x === 0) player.energy += 5
        creep.isLoaded = creep.x === MINE || (creep.isLoaded && creep.x > 0)
        creep.step = 0
      }
    }
  }

  #end(name, script) {
    this.#scripts.delete(name)
    try {
      script.wait()
    } catch ({ code }) {
      this.players[name].state = code
    }
  }

  save = () => serialize({ players: this.players, scripts: new Map([...this.#scripts].map(([n, s]) => [n, s.save()])) })
}

const game = new Screeps()
for (let i = 0; i < 50; i++) game.turn()
const restored = new Screeps(deserialize(game.save())) // Here or elsewhere, now or next week.
for (const world of [game, restored]) for (let i = 0; i < 50; i++) world.turn()
for (const [name, { creeps, energy, state }] of Object.entries(game.players)) {
  console.log(`${name}: ${creeps.length} creeps, ${energy} energy, ${state}`)
}
console.log(JSON.stringify(restored.players) === JSON.stringify(game.players))
for (const world of [game, restored]) world.close()
