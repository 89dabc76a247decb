import '../../packages/ui/src/ui.css'
import '../../packages/parts/src/post.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { speakFirst } from './look.ts'
import { connect, forgetEarly, signedIn } from './platform.ts'

const root = document.getElementById('app')
if (root)
  Promise.all([connect(), speakFirst()]).then(
    ([client]) => {
      render(<App client={client} />, root)
      void client.boot(signedIn()).finally(forgetEarly)
    },
    () =>
      render(
        <main class="empty splash">
          <div>
            <h1>Storage is not available</h1>
            <p>
              Fieldpost keeps messages on this device for the hours without a network. Allow this site to
              store data, then reload.
            </p>
          </div>
        </main>,
        root,
      ),
  )

if ('serviceWorker' in navigator && import.meta.url.includes('/assets/'))
  void navigator.serviceWorker.register('/sw.js').catch(() => {})
