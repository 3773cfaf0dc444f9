// The editor of `debugger.mjs`: it attaches itself to the main thread's inspector, and through that to the loops.
//
// `breakpoint` names a file in whose line 7 every loop is to stop, with `isHeld` until it is told to go on; `evaluate` has
// expressions that the main thread is to evaluate, one after the other. What comes of it is posted.

import { Session } from 'node:inspector'
import { parentPort, workerData } from 'node:worker_threads'

const { breakpoint, isHeld = false, evaluate = [] } = workerData
parentPort.ref() // The thread stays, whatever else it waits for.
const session = new Session()
session.connectToMainThread()
let id = 0
const tell = (sessionId, method, params = {}) => {
  session.post('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id: ++id, method, params }) })
  return id
}
let lastOrder

session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
  if (!workerInfo.url.endsWith('/dist/start.cjs')) return
  tell(sessionId, 'Debugger.enable')
  lastOrder = tell(sessionId, 'Debugger.setBreakpointByUrl', { urlRegex: `${breakpoint}\\.mjs$`, lineNumber: 6 })
})
session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }) => {
  const { id: answered, method, params } = JSON.parse(message)
  if (answered !== undefined && answered === lastOrder) parentPort.postMessage('ready')
  if (method !== 'Debugger.paused') return
  parentPort.postMessage({ paused: params.callFrames[0].functionName })
  const goesOn = () => tell(sessionId, 'Debugger.resume')
  if (isHeld) parentPort.once('message', goesOn)
  else goesOn()
})

if (breakpoint !== undefined) session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
else parentPort.postMessage('ready')

for (const expression of evaluate) {
  // The main thread has left its loop by then: it blocks.
  await new Promise(resolve => setTimeout(resolve, 60))
  const { result } = await new Promise((resolve, reject) => {
    session.post('Runtime.evaluate', { expression, returnByValue: true }, (error, answer) =>
      error ? reject(error) : resolve(answer),
    )
  })
  parentPort.postMessage(result.value)
}
