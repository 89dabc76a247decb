import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

/** Tells the service worker which files make up this version of the shell. */
function precache(): Plugin {
  return {
    name: 'fieldpost-precache',
    generateBundle(_, bundle) {
      const root = fileURLToPath(new URL('./public', import.meta.url))
      const extra = readdirSync(root)
      // What is about the server itself needs it: no use in loading that ahead onto every device.
      // Nor are languages that nobody reads here: the worker keeps the one that was fetched.
      const online = /^(sw\.js|index\.html|assets\/(console|account|integrations|words)-.*)$/
      const files = Object.keys(bundle).filter(f => !online.test(f))
      const list = ['/', ...files.map(f => `/${f}`), ...extra.map(f => `/${f}`)]
      const hash = createHash('sha256').update(list.join())
      for (const f of extra) hash.update(readFileSync(`${root}/${f}`))
      const sw = bundle['sw.js']
      if (sw?.type !== 'chunk') throw new Error('the service worker was not built')
      sw.code = sw.code
        .replace('__PRECACHE__', JSON.stringify(list).replaceAll('"', '\\"'))
        .replace('__VERSION__', hash.digest('hex').slice(0, 12))
    },
  }
}

const server = process.env['FIELDPOST_SERVER'] ?? 'http://127.0.0.1:8065'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [precache()],
  server: { proxy: { '/api': { target: server, ws: true } } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: {
        index: fileURLToPath(new URL('./index.html', import.meta.url)),
        sw: fileURLToPath(new URL('./src/sw.ts', import.meta.url)),
      },
      output: {
        entryFileNames: c => (c.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        // A feature is called by its folder, for every one of them begins in an index.
        chunkFileNames: c => {
          const feature = /features\/([a-z]+)\/src\/index\.tsx$/.exec(c.facadeModuleId ?? '')?.[1]
          const words = /words\/src\/catalogues\//.test(c.facadeModuleId ?? '') ? 'words-' : ''
          return `assets/${words}${feature ?? '[name]'}-[hash].js`
        },
      },
    },
  },
})
