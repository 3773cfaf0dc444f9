// 10,000 objects of a synchronized module, made by a program that only blocks: the loop keeps few of them.

import v8 from 'node:v8'
import { runInNewContext } from 'node:vm'
import { synchronized } from 'threaded-async'

v8.setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc')
const store = synchronized('./modules/store.mjs')
let last
for (let i = 0; i < 10_000; i++) {
  last = new store.Store(`store ${i}`)
  if (i % 1000 === 999) gc()
}
for (let i = 0; i < 20; i++) {
  gc()
  for (let k = 0; k < 200; k++) store.increase()
}
const { made, collected } = store.statistics()
if (made !== 10_000) throw new Error(`${made} were made`)
if (made - collected > 1500) throw new Error(`${made - collected} are left`)
if (last.label !== 'store 9999') throw new Error(last.label)
store[Symbol.dispose]()
console.log('pass')
