// The robots as tasks: the arena's loop imports this module, and runs what minds.mjs has for their kind.
//
// When its robot is out of the game, the task is cancelled, and the wait it is in ends with a CancelledError.

import { Client } from 'threaded-async'
import { minds } from './minds.mjs'
import { Random } from './random.mjs'

/** @import { Direction, Kind, View } from './game.mjs' */

/**
 * What scripts may call, and what the arena answers.
 *
 * @typedef {object} ArenaApi
 * @property {(robot: number) => View} look answered at once
 * @property {(robot: number, direction: Direction) => boolean} walk whether the way was free
 * @property {(robot: number) => boolean} eat whether there was food
 * @property {(robot: number, direction: Direction) => boolean} fight whether there was somebody
 */

/**
 * The arena as one robot knows it: a client that says with every call who is calling.
 *
 * @extends {Client<ArenaApi>}
 */
export class Robot extends Client {
  #number

  /** @param {import('threaded-async').Server<ArenaApi>} server @param {number} number */
  constructor(server, number) {
    super(server)
    this.#number = number
  }

  look() {
    return this.execute('look', this.#number)
  }

  /** @param {Direction} direction */
  walk(direction) {
    return this.execute('walk', this.#number, direction)
  }

  eat() {
    return this.execute('eat', this.#number)
  }

  /** @param {Direction} direction */
  fight(direction) {
    return this.execute('fight', this.#number, direction)
  }
}

/** The task of one robot. @param {Kind} kind */
export async function play(server, number, kind, seed) {
  await minds[kind](new Robot(server, number), new Random(`${seed}/${number}`))
}
