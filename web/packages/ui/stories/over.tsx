import { useRef, useState } from 'preact/hooks'
import { Button, Dialog, Icon, Menu, type MenuItem, Pop, Toasts } from '../src/index.ts'
import type { Story } from './story.ts'

const ITEMS: readonly MenuItem[] = [
  { kind: 'head', id: 'h', label: 'Bridge' },
  { id: 'info', label: 'Channel info', icon: 'info', hint: 'I' },
  { id: 'mute', label: 'Mute', icon: 'bellOff', checked: true },
  { kind: 'line', id: 'l' },
  { id: 'leave', label: 'Leave channel…', icon: 'out', bad: true },
]

function Asked() {
  const [open, set] = useState(false)
  const close = () => set(false)
  return (
    <>
      <Button onClick={() => set(true)}>Open the dialog</Button>
      {open && (
        <Dialog title="Leave the channel?" onClose={close}>
          <p>Whoever is in it can ask you back.</p>
          <footer>
            <Button look="quiet" onClick={close}>
              Stay
            </Button>
            <Button look="danger" onClick={close}>
              Leave
            </Button>
          </footer>
        </Dialog>
      )}
    </>
  )
}

function Beside() {
  const button = useRef<HTMLButtonElement>(null)
  const [open, set] = useState(false)
  return (
    <>
      <button type="button" class="btn" ref={button} onClick={() => set(true)}>
        Open the card
      </button>
      {open && button.current && (
        <Pop anchor={button.current} label="Mira Okafor" onClose={() => set(false)}>
          <p>Master of the Aurora. Her time: 14:05.</p>
          <Button onClick={() => set(false)}>Write to her</Button>
        </Pop>
      )}
    </>
  )
}

function Told() {
  const [items, set] = useState([
    { id: 1, text: 'The channel was archived.' },
    { id: 2, text: 'This needs the server, which is away.' },
  ])
  return <Toasts items={items} onDismiss={id => set(items.filter(x => x.id !== id))} />
}

export const over: readonly Story[] = [
  { of: 'Dialog', state: 'that asks', draw: () => <Asked /> },
  { of: 'Pop', state: 'beside its button', draw: () => <Beside /> },
  {
    of: 'Menu',
    state: 'of all kinds of items',
    draw: () => (
      <Menu label="What can be done" items={ITEMS} onPick={() => {}}>
        <Icon name="more" />
      </Menu>
    ),
  },
  { of: 'Toasts', state: 'two', draw: () => <Told /> },
]
