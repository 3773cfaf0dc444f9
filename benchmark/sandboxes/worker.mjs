// The rival "a Worker for each script": its own heap with a limit, its own thread, and messages for calls.
//
// A worker that has not come back after a tenth of a second is terminated. A shorter time would end workers that only wait
// for a processor.

import { Worker } from 'node:worker_threads'

export const about = 'Worker, one each'
export const mostScripts = 50

const PATIENCE = 100
const STARTING = 1000

const prelude = `
const { parentPort } = require('node:worker_threads')
const answers = new Map()
let calls = 0
parentPort.on('message', ({ id, value }) => {
  answers.get(id)(value)
  answers.delete(id)
})
const call = (name, value) => new Promise(resolve => {
  answers.set(++calls, resolve)
  parentPort.postMessage({ id: calls, name, value })
})
const host = { nextTick: () => call('nextTick'), ask: number => call('ask', number) }
`

export function open({ budget, onAsk }) {
  const scripts = []
  let busy = 0
  let rest
  function settle(script, isBusy, end = script.end, patience = PATIENCE) {
    script.end = end
    if (script.isBusy === isBusy) return
    script.isBusy = isBusy
    busy += isBusy ? 1 : -1
    clearTimeout(script.alarm)
    if (isBusy && budget !== Infinity) script.alarm = setTimeout(() => terminate(script), patience)
    if (busy === 0) rest?.()
  }
  function terminate(script) {
    script.worker.terminate()
    settle(script, false, 'terminate() was called, and the thread goes on')
  }
  const atRest = () => new Promise(resolve => (busy === 0 ? resolve() : (rest = resolve)))
  function add(source) {
    const resourceLimits = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 }
    const worker = new Worker(`${prelude};(async () => {${source}\n})()`, { eval: true, resourceLimits })
    const script = { worker, isBusy: false, sleeping: undefined, end: undefined, alarm: undefined }
    scripts.push(script)
    settle(script, true, undefined, STARTING)
    worker.on('message', ({ id, name, value }) => {
      if (name === 'nextTick') {
        script.sleeping = id
        return settle(script, false)
      }
      onAsk?.()
      worker.postMessage({ id, value: value + 1 })
    })
    worker.on('error', error => (script.end = error.code ?? error.name))
    worker.on('exit', () => {
      const wasCut = script.end === undefined || script.end.startsWith('terminate()')
      settle(script, false)
      if (wasCut) script.end = 'it was terminated'
    })
    return script
  }
  return {
    add,
    async tick() {
      await atRest()
      for (const script of scripts) {
        if (script.sleeping === undefined) continue
        script.worker.postMessage({ id: script.sleeping })
        script.sleeping = undefined
        settle(script, true)
      }
      await atRest()
    },
    ready: atRest,
    endOf: script => script.end,
    close: () => Promise.all(scripts.map(({ worker }) => worker.terminate())),
  }
}
