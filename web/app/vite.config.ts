import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

/** Tells the service worker which files make up this version of the shell. */
function precache(): Plugin {
  return {
    name: 'fieldpost-precache',
    generateBundle: {
      // Last: a chunk of nothing but styles loses its empty script only when the others are done.
      order: 'post',
      handler(_, bundle) {
        const root = fileURLToPath(new URL('./public', import.meta.url))
        const extra = readdirSync(root)
        // What is about the server itself, or shows what it has, needs it: no use in loading that ahead onto
        // every device. Neither are colours of code and formulas: who needs them has them from then on. Nor are
        // languages that nobody reads here: the worker keeps the one that was fetched.
        const online =
          /^(sw\.js|index\.html|assets\/(console|account|integrations|words|pdf|highlight|latex)[-.].*)$/
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
    },
  }
}

/** The decoders of scanned pages are fetched by the reader of PDFs itself, by names that it knows. */
function pdfDecoders(): Plugin {
  const dir = fileURLToPath(new URL('../node_modules/pdfjs-dist/', import.meta.url))
  return {
    name: 'fieldpost-pdf-decoders',
    generateBundle() {
      const { version } = JSON.parse(readFileSync(`${dir}package.json`, 'utf8')) as { version: string }
      for (const name of ['jbig2_nowasm_fallback.js', 'openjpeg_nowasm_fallback.js'])
        this.emitFile({
          type: 'asset',
          fileName: `assets/pdf-${version}/${name}`,
          source: readFileSync(`${dir}wasm/${name}`),
        })
    },
  }
}

const web = fileURLToPath(new URL('..', import.meta.url))
const server = process.env['FIELDPOST_SERVER'] ?? 'http://127.0.0.1:8065'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [pdfDecoders(), precache()],
  server: { proxy: { '/api': { target: server, ws: true }, '/oauth': { target: server } } },
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
        // What the first load needs is one chunk: parts that come later share it, and must not cut it up.
        codeSplitting: {
          groups: [
            {
              name: 'base',
              tags: ['$initial'],
              test: id => id.startsWith(web) && !id.startsWith(`${web}app/`) && !id.endsWith('.css'),
            },
          ],
        },
        entryFileNames: c => (c.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        // A feature is called by its folder, for every one of them begins in an index.
        chunkFileNames: c => {
          const feature = /features\/([a-z]+)\/src\/index\.tsx$/.exec(c.facadeModuleId ?? '')?.[1]
          const words = /words\/src\/catalogues\/|features\/\w+\/src\/words\//.test(c.facadeModuleId ?? '')
            ? 'words-'
            : ''
          return `assets/${words}${feature ?? '[name]'}-[hash].js`
        },
      },
    },
  },
})
