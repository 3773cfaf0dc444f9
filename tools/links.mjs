// The links of a site as it was built: the HTML files of a folder.
//
// Promises to find every address that a page of it links to or loads, and that is not there: files, and headings within them.
// Addresses on other hosts are never asked: what links there is left alone, what a page would load from there is named.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const filesOf = folder => readdirSync(folder, { recursive: true }).map(file => file.replaceAll('\\', '/'))

/** The values of an attribute, wherever it stands. */
const attributes = (html, name) =>
  Array.from(html.matchAll(new RegExp(`\\s${name}="([^"]*)"`, 'g')), ([, value]) => value.replaceAll('&amp;', '&'))

/** The links of a folder that is served as `base` which lead nowhere, each with its page. */
export function deadLinks(folder, base = '/') {
  const files = new Set(filesOf(folder))
  const pages = [...files].filter(file => file.endsWith('.html'))
  const texts = new Map(pages.map(page => [page, readFileSync(join(folder, page), 'utf8')]))
  const anchors = new Map(pages.map(page => [page, new Set(attributes(texts.get(page), 'id'))]))
  const leads = (page, link) => {
    const { pathname, hash } = new URL(link, `http://site${base}${page}`)
    if (!pathname.startsWith(base)) return false
    const path = decodeURIComponent(pathname.slice(base.length))
    const file = path === '' || path.endsWith('/') ? `${path}index.html` : path
    return files.has(file) && (hash === '' || anchors.get(file)?.has(decodeURIComponent(hash.slice(1))) === true)
  }
  return pages.flatMap(page => {
    const links = ['href', 'src'].flatMap(name => attributes(texts.get(page), name))
    const own = [...new Set(links)].filter(link => !/^([a-z]+:|\/\/)/i.test(link))
    return own.filter(link => !leads(page, link)).map(link => `${page}: ${link}`)
  })
}

/** What pages and their styles would load from another host. */
export function foreignLoads(folder) {
  const loads = [
    /<(?:script|img|iframe|link)\b[^>]*?\s(?:src|href)="((?:https?:)?\/\/[^"]*)"/g,
    /(?:url\(|@import)\s*["']?((?:https?:)?\/\/[^"')]*)/g,
  ]
  return filesOf(folder)
    .filter(file => /\.(html|css)$/.test(file))
    .flatMap(file => {
      const text = readFileSync(join(folder, file), 'utf8')
      return loads.flatMap(load => Array.from(text.matchAll(load), ([, address]) => `${file}: ${address}`))
    })
}
