// Circles of threads that wait for each other through servers, handlers and other doors, and what only looks like one.
//
// Promises one case per run, named by the argument: a circle is refused with the names of its threads, and the program
// goes on; what is no circle comes to its end. A program that hangs is killed by its spec.

import { circles } from './circles-found.mjs'
import { noCircles } from './circles-none.mjs'
import { open } from './circles-support.mjs'

const cases = { ...circles, ...noCircles }

const name = process.argv[2]
if (name === undefined) console.log(JSON.stringify(Object.keys(cases)))
else {
  cases[name]()
  for (const closable of open) closable.close()
  console.log('pass')
}
