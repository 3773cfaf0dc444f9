// What is this package's own: the frames of a stack, and the specifiers that lead here.
//
// All of this package is in one folder, `dist`, and the module that others import is its `index.js`. This is beside
// `stack.ts` and not in it because loops start without it: to load `node:url` takes them half a millisecond.

import { startsWith } from '../methods.js'
import { dirname, isAbsolute, join } from 'node:path'
import { pathToFileURL } from 'node:url'

const ownUrl = pathToFileURL(`${__dirname}/`).href
const ownIndex = withoutExtension(pathToFileURL(join(__dirname, 'index.js')).href)

/** Returns the file of a frame, as a path or URL; undefined for a frame of ours, of Node, and of code without a file. */
export function foreignFile(site: NodeJS.CallSite): string | undefined {
  const file = site.getFileName()
  return file && isFile(file) && !isOwnFile(file) ? file : undefined
}

function isFile(name: string): boolean {
  return startsWith(name, 'file:') || isAbsolute(name)
}

function isOwnFile(file: string): boolean {
  return startsWith(file, ownUrl) || dirname(file) === __dirname
}

/** Returns whether a specifier, in a file, leads to this package. */
export function isOwnSpecifier(specifier: string, url: string): boolean {
  if (specifier === 'threaded-async') return true
  if (!/^(\.|\/|file:)/.test(specifier) || !URL.canParse(specifier, url)) return false
  const target = withoutExtension(new URL(specifier, url).href)
  return target === ownIndex || `${target.replace(/\/$/, '')}/index` === ownIndex
}

function withoutExtension(href: string): string {
  return href.replace(/\.[cm]?[jt]s$/, '')
}
