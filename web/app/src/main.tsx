import '../../packages/ui/src/ui.css'
import '../../packages/parts/src/post.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { connect, signedIn } from './platform.ts'

const root = document.getElementById('app')
if (root)
  void connect().then(client => {
    render(<App client={client} />, root)
    void client.boot(signedIn())
  })

if ('serviceWorker' in navigator && import.meta.url.includes('/assets/'))
  void navigator.serviceWorker.register('/sw.js').catch(() => {})
