import { t } from '@fieldpost/words'
import '../../packages/ui/src/ui.css'
import '../../packages/parts/src/post.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { finishInstalling, install } from './install.ts'
import { speakFirst } from './look.ts'
import { connect, forgetEarly, signedIn } from './platform.ts'

const root = document.getElementById('app')
if (root)
  Promise.all([connect(), speakFirst()]).then(
    ([client]) => {
      render(<App client={client} />, root)
      void client.boot(signedIn()).finally(forgetEarly)
      finishInstalling(client)
    },
    () =>
      render(
        <main class="empty splash">
          <div>
            <h1>{t('app.noStorage')}</h1>
            <p>{t('app.noStorageText')}</p>
          </div>
        </main>,
        root,
      ),
  )

install()
