// What TypeScript makes of a module with a default export, for CommonJS.
'use strict'
Object.defineProperty(exports, '__esModule', { value: true })
exports.default = increment
exports.named = named
async function increment(x) {
  return x + 1
}
increment.twice = async x => x + 2
async function named(x) {
  return x + 3
}
