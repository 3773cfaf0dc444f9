// A plugin of the compiler's own side: named by the caller, loaded and run on the loop, free to await.
//
// As an importer, the module's export is called once a compilation with the arguments given here, and returns the
// importer. As a function of stylesheets, the export is that function; it takes and returns Sass values as they are,
// since nothing crosses. The caller only names it: what cannot be loaded fails the compilation.

export class Plugin {
  constructor(href, name, args) {
    this.href = href
    this.name = name
    this.args = args
  }
}

/** Names the export `name` of the module at `url`; `args` are for an importer, and are copied. */
export function plugin(url, name, ...args) {
  return new Plugin(new URL(url).href, name, args)
}

/** The export itself; on the loop, where a plugin has arrived as plain data. */
export async function loadPlugin({ href, name }) {
  const found = (await import(href))[name]
  if (typeof found !== 'function') throw new TypeError(`${href} exports no function '${name}'.`)
  return found
}
