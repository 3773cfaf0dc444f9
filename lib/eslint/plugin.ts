// The plugin for ESLint: two rules that report, while one writes, what would go wrong when the program runs.

import { noAwaitedTasks } from './awaited.js'
import { noCapturedVariables } from './captured.js'

declare const VERSION: string

/**
 * The plugin, for a flat configuration.
 *
 * @example
 * // eslint.config.js
 * import threadedAsync from 'threaded-async/eslint-plugin'
 * export default [threadedAsync.configs.recommended]
 */
const plugin = {
  meta: { name: 'threaded-async', version: VERSION },
  rules: { 'no-awaited-tasks': noAwaitedTasks, 'no-captured-variables': noCapturedVariables },
  configs: {} as { recommended: { plugins: Record<string, object>; rules: Record<string, 'error'> } },
}

plugin.configs.recommended = {
  plugins: { 'threaded-async': plugin },
  rules: { 'threaded-async/no-awaited-tasks': 'error', 'threaded-async/no-captured-variables': 'error' },
}

export default plugin
