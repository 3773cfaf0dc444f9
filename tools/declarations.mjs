// Makes the type declarations of dist: one file for each entry, once for `import` and once for `require`.
//
// Promises that the two have the same text but for how they export, so that neither leads to the other: TypeScript before
// 5.8 lets no CommonJS file take its types from an ES module. What is exported as a type only stays so.

import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'

/**
 * Writes them to `dist`. `single` is the folder in which TypeScript has written the declarations of each file, and
 * `values` are the names of what is exported when a program runs.
 */
export async function declare(dist, single, values) {
  const index = withNode(exporting(values, await rolledUp(join(single, 'index.d.ts'))))
  writeFileSync(join(dist, 'index.d.ts'), index)
  writeFileSync(join(dist, 'index.d.cts'), index)
  const top = withNode(exporting(['top'], await rolledUp(join(single, 'lib', 'top', 'top.d.ts'))))
  writeFileSync(join(dist, 'top.d.ts'), top)
  writeFileSync(join(dist, 'top.d.cts'), top)
  const shared = ['NatsLink', 'NatsQueue', 'Delivery', 'NatsTasks', 'NatsWork']
  const own = [fromPackage(join(single, 'lib', 'nats'))]
  const nats = withNode(exporting(shared, await rolledUp(join(single, 'lib', 'nats', 'nats.d.ts'), own)))
  writeFileSync(join(dist, 'nats.d.ts'), nats)
  writeFileSync(join(dist, 'nats.d.cts'), nats)
  const plugin = await rolledUp(join(single, 'lib', 'eslint', 'plugin.d.ts'))
  const assigned = replaced(plugin, /^export \{ (\w+) as default \};$/m, 'export = $1;')
  writeFileSync(join(dist, 'eslint-plugin.d.ts'), plugin)
  writeFileSync(join(dist, 'eslint-plugin.d.cts'), assigned)
}

/** All declarations that one file leads to, without what is internal. */
async function rolledUp(input, plugins = []) {
  const bundle = await rollup({ input, plugins: [...plugins, dts()], external: /^node:/ })
  const { output } = await bundle.generate({ format: 'es' })
  await bundle.close()
  return output[0].code
}

/** What is outside of a folder is that of the package itself: a class with private fields is another where it is declared again. */
const fromPackage = folder => ({
  name: 'from-package',
  resolveId(source, importer) {
    const isOutside = source.startsWith('..') && !join(dirname(importer), source).startsWith(join(folder, '/'))
    return isOutside ? { id: 'threaded-async', external: true } : null
  },
})

/** The roller exports each class as a value, also one that its entry exports as a type. */
function exporting(values, text) {
  const lists = /^export (?:type )?\{ ([^}]*) \};\n/gm
  const names = Array.from(text.matchAll(lists), ([, list]) => list.split(', ')).flat()
  const isValue = name => values.includes(name)
  const [ofValues, ofTypes] = [names.filter(isValue), names.filter(name => !isValue(name))].map(list => list.join(', '))
  return `${text.replace(lists, '').trimEnd()}\n\nexport { ${ofValues} };\nexport type { ${ofTypes} };\n`
}

/** TypeScript from 6 on loads no types by itself that nothing names. */
function withNode(text) {
  return `/// <reference types="node" />\n${text}`
}

/** As `replace`, for what must be there. */
function replaced(text, pattern, by) {
  if (!pattern.test(text)) throw new Error(`The roller has written no '${pattern.source}'.`)
  return text.replace(pattern, by)
}
