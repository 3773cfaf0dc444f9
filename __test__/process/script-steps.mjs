// A sandboxed script in a process that has done nothing else.
//
// Promises to print the steps that it has taken.

import { Server } from 'threaded-async'
import { answers, processing, stepsOf } from '../support/answers.mjs'

const server = new Server({ handlers: answers })
console.log(stepsOf(server, processing(server)))
server.close()
