// What a program has made of the language's own methods, and the reading of its functions: whole programs.
//
// Promises that it is no matter to that: a function runs as it stands there, or is refused with a code.

import test from 'ava'
import { passes } from '../support/program.mjs'

const replaced = {
  'toJSON of Object.prototype': 'toJSON',
  'toJSON of Object.prototype, returning nothing': 'toJSONundefined',
  'setters on Object.prototype': 'setters',
  'methods of arrays that throw': 'array',
  'methods of arrays that lie': 'arrayLies',
  'the iterator of arrays': 'arrayIterator',
  'the next of iterators': 'iteratorNext',
  'methods of texts that throw': 'string',
  'methods of texts that lie': 'stringLies',
  'methods of expressions': 'regexp',
  'what texts ask of expressions': 'regexpSymbols',
  'methods of maps': 'map',
  'methods of sets': 'set',
  'methods of functions': 'fn',
  'global classes': 'globals',
  JSON: 'json',
  'functions of Object': 'object',
}

for (const [name, how] of Object.entries(replaced)) {
  test(`functions are read as if the program had not replaced ${name}`, async t => {
    await passes(t, ['replaced.mjs', how])
  })
}

for (const how of ['arrayLies', 'stringLies', 'toJSON']) {
  test(`nor does that reach a parser that was loaded before: ${how}`, async t => {
    await passes(t, ['replaced.mjs', how, 'parsed'])
  })
}
