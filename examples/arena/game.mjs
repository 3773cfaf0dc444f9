// The rules of the arena: a grid, robots that walk, look, eat and fight, and food that grows.
//
// Promises that nothing changes while robots look, that a tick changes everything in one step, and that the game
// depends on the seed and on the orders of each tick alone: not on when an order came, nor on which came first. Knows
// neither threads nor clocks.

import { Random } from './random.mjs'

/** @typedef {'north' | 'east' | 'south' | 'west'} Direction */
/** @typedef {'grazer' | 'hunter' | 'wanderer' | 'ambusher'} Kind */
/** @typedef {{ dx: number, dy: number }} Place how far it is, to the east and to the south */
/** @typedef {Place & { kind: Kind, energy: number }} Other */
/** @typedef {{ energy: number, points: number, food: Place[], robots: Other[] }} View nearest first */
/** @typedef {{ robot: Robot, fun: 'walk' | 'eat' | 'fight', direction?: Direction }} Order */

/**
 * @typedef {object} Robot
 * @property {number} number
 * @property {string} name
 * @property {Kind} kind
 * @property {number} cell where it stands; -1 when it is out
 * @property {number} energy
 * @property {number} points
 * @property {number} outAt the tick in which it went out; 0 while it is in
 */

/** @type {Kind[]} */
export const kinds = ['grazer', 'hunter', 'wanderer', 'ambusher']

/** @type {Map<unknown, [dx: number, dy: number]>} */
const steps = new Map(Object.entries({ north: [0, -1], east: [1, 0], south: [0, 1], west: [-1, 0] }))
const startEnergy = 30
const mostEnergy = 40
const sight = 5
const meal = { energy: 10, points: 1 }
const blow = { energy: 3, points: 1 }
const knockout = { energy: 6, points: 5 }
const hungerEvery = 6
const nobody = -1

export class Game {
  tick = 0
  /** @type {Robot[]} */
  robots = []
  /** The cells where somebody was hit in this tick. @type {number[]} */
  hits = []
  #random
  #food
  #robotAt

  constructor({ seed, width, height, scripts }) {
    this.width = width
    this.height = height
    this.#random = new Random(seed)
    this.#food = new Uint8Array(width * height)
    this.#robotAt = new Int32Array(width * height).fill(nobody)
    const cells = this.#random.shuffled(this.#robotAt.keys())
    for (let number = 0; number < scripts; number++) this.#enter(number, cells[number])
    this.#grow(Math.ceil(cells.length / 12))
  }

  /** All that a game goes on from, as plain values. */
  save() {
    const { tick, width, height, robots } = this
    return { tick, width, height, robots, food: this.#food, robotAt: this.#robotAt, random: this.#random.state }
  }

  /** A game that goes on from what another has saved. */
  static restore({ tick, width, height, robots, food, robotAt, random }) {
    const game = new Game({ seed: '', width, height, scripts: 0 })
    Object.assign(game, { tick, robots })
    game.#food.set(food)
    game.#robotAt.set(robotAt)
    game.#random.state = random
    return game
  }

  /** How many robots are in the game. */
  get standing() {
    return this.robots.filter(robot => robot.outAt === 0).length
  }

  hasFood(cell) {
    return this.#food[cell] === 1
  }

  /** The robot that stands there. @returns {Robot | undefined} */
  robotAt(cell) {
    return this.robots[this.#robotAt[cell]]
  }

  /** Best first. */
  ranking() {
    return this.robots.toSorted((a, b) => b.points - a.points || b.energy - a.energy || a.number - b.number)
  }

  /** What a robot sees from where it stands. @param {Robot} robot @returns {View} */
  look({ cell, energy, points }) {
    /** @type {View} */
    const view = { energy, points, food: [], robots: [] }
    for (const [dx, dy] of inSight) {
      const there = this.#cellAt(cell, dx, dy)
      if (there === undefined) continue
      if (this.hasFood(there)) view.food.push({ dx, dy })
      const other = this.robotAt(there)
      if (other && there !== cell) view.robots.push({ dx, dy, kind: other.kind, energy: other.energy })
    }
    return view
  }

  /**
   * Goes on by one tick. The orders, at most one of each robot, are carried out in an order that chance decides.
   *
   * @param {Order[]} orders
   * @returns {Map<Robot, boolean>} of each robot that is still in the game and gave one, whether its order had an effect
   */
  step(orders) {
    this.tick++
    this.hits = []
    const outcomes = new Map()
    // Sorted before they are shuffled: the result must not depend on which order came first.
    const byNumber = orders.toSorted((a, b) => a.robot.number - b.robot.number)
    for (const order of this.#random.shuffled(byNumber)) {
      if (order.robot.energy > 0) outcomes.set(order.robot, this.#carryOut(order))
    }
    if (this.tick % hungerEvery === 0) for (const robot of this.robots) robot.energy--
    for (const robot of this.robots) {
      if (robot.outAt === 0 && robot.energy <= 0) this.#leave(robot)
      if (robot.outAt > 0) outcomes.delete(robot)
    }
    this.#grow(Math.ceil(this.#food.length / 150))
    return outcomes
  }

  #carryOut({ robot, fun, direction }) {
    if (fun === 'eat') return this.#eat(robot)
    const step = steps.get(direction)
    const there = step && this.#cellAt(robot.cell, ...step)
    if (there === undefined) return false
    return fun === 'walk' ? this.#walk(robot, there) : this.#fight(robot, there)
  }

  #walk(robot, there) {
    if (this.#robotAt[there] !== nobody) return false
    this.#robotAt[robot.cell] = nobody
    this.#robotAt[there] = robot.number
    robot.cell = there
    robot.energy--
    return true
  }

  #eat(robot) {
    if (!this.hasFood(robot.cell)) return false
    this.#food[robot.cell] = 0
    reward(robot, meal)
    return true
  }

  #fight(robot, there) {
    const victim = this.robotAt(there)
    if (victim === undefined || victim.energy <= 0) return false
    this.hits.push(there)
    victim.energy -= blow.energy
    robot.points += blow.points
    if (victim.energy <= 0) reward(robot, knockout)
    return true
  }

  #enter(number, cell) {
    const kind = kinds[number % kinds.length]
    const name = `${kind}-${Math.floor(number / kinds.length) + 1}`
    this.robots.push({ number, name, kind, cell, energy: startEnergy, points: 0, outAt: 0 })
    this.#robotAt[cell] = number
  }

  /** What is left of a robot is food. */
  #leave(robot) {
    this.#robotAt[robot.cell] = nobody
    this.#food[robot.cell] = 1
    Object.assign(robot, { cell: -1, energy: 0, outAt: this.tick })
  }

  /** Food comes up anywhere, until one cell in ten has some. */
  #grow(pieces) {
    const room = Math.ceil(this.#food.length / 10) - this.#food.reduce((sum, each) => sum + each, 0)
    for (let i = 0; i < Math.min(pieces, room); i++) this.#food[this.#random.below(this.#food.length)] = 1
  }

  #cellAt(cell, dx, dy) {
    const x = (cell % this.width) + dx
    const y = Math.floor(cell / this.width) + dy
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return undefined
    return y * this.width + x
  }
}

function reward(robot, { energy, points }) {
  robot.energy = Math.min(mostEnergy, robot.energy + energy)
  robot.points += points
}

/** All places that can be seen, the nearest first. */
const inSight = []
for (let distance = 0; distance <= sight; distance++) {
  for (let dy = -distance; dy <= distance; dy++) {
    const dx = distance - Math.abs(dy)
    inSight.push([dx, dy])
    if (dx > 0) inSight.push([-dx, dy])
  }
}
