// A synchronous formatter over Prettier, whose functions are all asynchronous: what a code generator, a lint rule or an
// editor's hook needs that cannot await.
//
// A file that takes too long, or an end of the loop, is an error of that one call: the next has a new loop.
//
// Run it: node examples/format-sync.mjs

import { synchronized } from 'threaded-async'

const prettier = synchronized('prettier', { timeout: 30_000, restart: true })

/** Returns the text as Prettier would write it. Blocks. */
function formatSync(text, options) {
  return prettier.format(text, { semi: false, singleQuote: true, ...options })
}

const { languages } = prettier.getSupportInfo()
console.log(languages.some(({ name }) => name === 'JavaScript'))
console.log(formatSync('const  a = {b:1}; console . log( "hello" , a );', { parser: 'babel' }))
console.log(formatSync('a{color:red;background:blue}', { parser: 'css' }))
try {
  formatSync('const = ;', { parser: 'babel' })
} catch ({ name, message }) {
  console.log(`${name}: ${message.split('\n')[0]}`)
}
prettier[Symbol.dispose]()
