// A synchronous interface over an asynchronous library: a linter whose host calls `lint(text)` and expects the answer
// at once, while the configuration can only be loaded by awaiting.
//
// `runner.run` blocks until the task has loaded it. What it returns has crossed threads, so it is plain data.
//
// Run it: node examples/linter.mjs

import { AsyncRunner } from 'threaded-async'

async function loadConfig(url) {
  const { default: config } = await import(url)
  return config
}

/** Returns what is wrong with a text, and not a promise, which the host could not use. */
function lint(text, runner) {
  const url = new URL('./modules/lint-config.mjs', import.meta.url).href
  const { longestLine, forbidden } = runner.run(loadConfig, [url], { timeout: 5000 })
  return text
    .split('\n')
    .flatMap((line, i) => [
      ...(line.length > longestLine ? [`line ${i + 1}: ${line.length} characters, ${longestLine} allowed`] : []),
      ...forbidden.filter(word => line.includes(word)).map(word => `line ${i + 1}: ${word} is forbidden`),
    ])
}

const text = `function area(width, height) {
  debugger
  return width * height // in square metres, not feet
}`

AsyncRunner.use(runner => console.log(lint(text, runner).join('\n')))
