/** What the window was asked to show over itself: questions, pictures, cards of people, the finder. */

import type { Client, Shown } from '@fieldpost/core'
import { later, type Shell, type SureQuestion } from '@fieldpost/parts'
import { GroupCard, Profile } from '@fieldpost/profile'
import { Switcher } from '@fieldpost/sidebar'
import { Button, Dialog } from '@fieldpost/ui'
import { t } from '@fieldpost/words'
import { signal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { closeOverlay, overlay } from './actions/index.ts'
import { Over } from './over.tsx'

interface Question extends SureQuestion {
  answer: (yes: boolean) => void
}
interface When {
  title: string
  action: string
  soon?: boolean
  answer: (at: number | undefined) => void
}

export const when = signal<When | undefined>(undefined)
const WhenDialog = later(() => import('./when.tsx'))
const InteractiveDialog = later(() => import('@fieldpost/dialogs'))
export const viewing = signal<{ from: Shown; all?: readonly Shown[] | undefined } | undefined>(undefined)
const Viewer = later(() => import('@fieldpost/viewer'))

export const status = signal<'' | 'saying' | 'quiet'>('')
const SayStatus = later(async () => ({ default: (await import('@fieldpost/account')).SayStatus }))
const AskQuiet = later(async () => ({ default: (await import('@fieldpost/account')).AskQuiet }))

type PickerProps = {
  anchor: Element
  onPick: (name: string) => void
  onClose: () => void
  onManage: () => void
}
export const ownEmoji = signal(false)
const OwnEmoji = later(() => import('./own-emoji.tsx'))

export const profile = signal<{ user: string; anchor: Element } | undefined>(undefined)
export const group = signal<{ name: string; anchor: Element } | undefined>(undefined)
export const moving = signal('')
const MoveThread = later(async () => ({ default: (await import('@fieldpost/channel')).MoveThread }))
export const converting = signal('')
const ConvertGroup = later(async () => ({ default: (await import('@fieldpost/channel')).ConvertGroup }))
export const picking = signal<{ anchor: Element; onPick: (name: string) => void } | undefined>(undefined)
export const Picker = signal<ComponentType<PickerProps> | undefined>(undefined)
const question = signal<Question | undefined>(undefined)

export const ask = (q: SureQuestion): Promise<boolean> =>
  new Promise(resolve => {
    question.value = {
      ...q,
      answer: yes => {
        question.value = undefined
        resolve(yes)
      },
    }
  })

const helpPart = () => import('@fieldpost/actions')
const Palette = later(async () => ({ default: (await helpPart()).Palette }))
const Help = later(async () => ({ default: (await helpPart()).Help }))

/** What is open over the window. */
function Overlay({ shell }: { shell: Shell }) {
  switch (overlay.value) {
    case 'find':
      return <Switcher teamId={shell.teamId()} onClose={closeOverlay} />
    case 'palette':
      return <Palette onClose={closeOverlay} />
    case 'keys':
      return <Help onClose={closeOverlay} />
    default:
      return null
  }
}

export function Asked({ client, shell, ready }: { client: Client; shell: Shell; ready: boolean }) {
  const q = question.value
  const p = profile.value
  const pick = picking.value
  const P = Picker.value
  const asked = client.dialogs.open.value
  return (
    <>
      {p && (
        <Profile key={p.user} user={p.user} anchor={p.anchor} onClose={() => (profile.value = undefined)} />
      )}
      {status.value === 'saying' && <SayStatus onClose={() => (status.value = '')} />}
      {status.value === 'quiet' && <AskQuiet onClose={() => (status.value = '')} />}
      {pick && P && (
        <Over anchor={pick.anchor} shell={shell}>
          <P
            anchor={pick.anchor}
            onPick={pick.onPick}
            onClose={() => (picking.value = undefined)}
            onManage={() => (ownEmoji.value = true)}
          />
        </Over>
      )}
      {group.value && (
        <GroupCard key={group.value.name} {...group.value} onClose={() => (group.value = undefined)} />
      )}
      {moving.value && (
        <MoveThread key={moving.value} root={moving.value} onClose={() => (moving.value = '')} />
      )}
      {converting.value && (
        <ConvertGroup
          key={converting.value}
          channel={converting.value}
          onClose={() => (converting.value = '')}
        />
      )}
      {ready && <Overlay shell={shell} />}
      {viewing.value && client.phase.value === 'ready' && (
        <Viewer {...viewing.value} onClose={() => (viewing.value = undefined)} />
      )}
      {ownEmoji.value && <OwnEmoji onClose={() => (ownEmoji.value = false)} />}
      {when.value && <WhenDialog {...when.value} />}
      {asked && <InteractiveDialog key={asked.trigger_id} opened={asked} />}
      {q && (
        <Dialog title={q.title} onClose={() => q.answer(false)}>
          <p>{q.text}</p>
          <footer>
            <Button look="quiet" autofocus onClick={() => q.answer(false)}>
              {q.leave ?? t('common.cancel')}
            </Button>
            <Button look={q.danger ? 'danger' : 'primary'} onClick={() => q.answer(true)}>
              {q.action}
            </Button>
          </footer>
        </Dialog>
      )}
    </>
  )
}
