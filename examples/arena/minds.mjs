// What the robots think: one async function for each kind. As tasks and as sandboxed scripts they run the same code.
//
// Each is a plain endless loop that asks, gives an order, and awaits what came of it. An order takes effect at the end
// of the tick, so a script that only walks needs no `nextTick()`; one that rests does. This file imports nothing, and
// names nothing but what the language has.

/** @import { Direction, Kind, Place } from './game.mjs' */
/** @import { Robot } from './scripts.mjs' */
/** @import { Random } from './random.mjs' */

/** @type {Record<Kind, (robot: Robot, random: Random) => Promise<never>>} */
export const minds = {
  /** Goes for food, and away from a robot that stands next to it. */
  async grazer(robot, random) {
    for (;;) {
      const { food, robots } = await robot.look()
      if (robots.some(isAdjacent)) await roam(robot, random)
      else await feed(robot, random, food)
    }
  },

  /** Goes for the weakest robot, and for food when it is weak itself. */
  async hunter(robot, random) {
    for (;;) {
      const { energy, food, robots } = await robot.look()
      const prey = robots.filter(other => other.energy <= energy).toSorted((a, b) => a.energy - b.energy)[0]
      if (prey === undefined || energy < 10) await feed(robot, random, food)
      else if (isAdjacent(prey)) await robot.fight(towards(prey))
      else await approach(robot, random, prey)
    }
  },

  /** Keeps its direction as long as the way is free, eats on the way, and hits back. */
  async wanderer(robot, random) {
    let direction = random.oneOf(directions)
    for (;;) {
      const { food, robots } = await robot.look()
      const enemy = robots.find(isAdjacent)
      if (enemy && random.below(2) === 0) await robot.fight(towards(enemy))
      else if (food.some(isHere)) await robot.eat()
      else if (!(await robot.walk(direction))) direction = random.oneOf(directions)
    }
  },

  /** Sits next to food and waits for robots that come for it. */
  async ambusher(robot, random) {
    for (;;) {
      const { energy, food, robots } = await robot.look()
      const enemy = robots.find(isAdjacent)
      const bait = food.find(isAdjacent)
      if (enemy) await robot.fight(towards(enemy))
      else if (energy < 12 || !bait) await feed(robot, random, food)
      else await robot.nextTick()
    }
  },
}

/** @type {Direction[]} */
const directions = ['north', 'east', 'south', 'west']

/** Goes for the nearest food, and eats it. @param {Robot} robot @param {Random} random @param {Place[]} food */
export async function feed(robot, random, food) {
  if (food.length === 0) await roam(robot, random)
  else if (isHere(food[0])) await robot.eat()
  else await approach(robot, random, food[0])
}

/** A step towards a place, or to the side where a robot is in the way. */
async function approach(robot, random, place) {
  if (!(await robot.walk(towards(place)))) await roam(robot, random)
}

async function roam(robot, random) {
  await robot.walk(random.oneOf(directions))
}

/** @param {Place} place @returns {Direction} along the longer way */
function towards({ dx, dy }) {
  if (Math.abs(dx) > Math.abs(dy)) return dx > 0 ? 'east' : 'west'
  return dy > 0 ? 'south' : 'north'
}

function isHere({ dx, dy }) {
  return dx === 0 && dy === 0
}

function isAdjacent({ dx, dy }) {
  return Math.abs(dx) + Math.abs(dy) === 1
}
