// A task module for the runner's specs: functions as a user would keep them in a file of their own.
//
// Promises that it is loaded once by each loop (`loads` counts), uses what it imports, and fails where a spec wants a
// failure.

import { setTimeout as pause } from 'node:timers/promises'
import { currentTask, registerError, sleep } from 'threaded-async'

globalThis.runnerTasksLoads = (globalThis.runnerTasksLoads ?? 0) + 1

/** Registered on both sides by those who import this module. */
export class CrawlError extends Error {
  name = 'CrawlError'
  constructor(url, options) {
    super(`could not crawl ${url}`, options)
    this.url = url
  }

  get host() {
    return new URL(this.url).host
  }
}
registerError(CrawlError)

/** Known to this side only. */
export class LocalError extends RangeError {
  name = 'LocalError'
}

const secret = 2

export const notAFunction = 5

export function double(x) {
  return x * secret
}

export async function crawl(url) {
  await sleep(1)
  throw new CrawlError(url, { cause: new TypeError('refused') })
}

export async function throwLocal() {
  await pause(1)
  throw new LocalError('mine')
}

export async function loads() {
  return globalThis.runnerTasksLoads
}

export const arrow = async (...args) => [currentTask().name, ...args]

export default function byDefault() {
  return 'default'
}
