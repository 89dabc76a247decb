import { Button, ICONS, Icon, IconButton } from '../src/index.ts'
import type { Story } from './story.ts'

const LOOKS = ['', 'primary', 'quiet', 'danger'] as const

export const buttons: readonly Story[] = [
  ...LOOKS.map(look => ({
    of: 'Button',
    state: look || 'plain',
    draw: () => <Button look={look}>Send the log</Button>,
  })),
  { of: 'Button', state: 'cannot be pressed', draw: () => <Button disabled>Send the log</Button> },
  {
    of: 'Button',
    state: 'at work',
    draw: () => (
      <Button look="primary" busy>
        Sending
      </Button>
    ),
  },
  { of: 'Button', state: 'as wide as its form', draw: () => <Button look="primary wide">Sign in</Button> },
  {
    of: 'Button',
    state: 'with an icon',
    draw: () => (
      <Button>
        <Icon name="plus" />
        New channel
      </Button>
    ),
  },
  { of: 'IconButton', state: 'plain', draw: () => <IconButton icon="search" label="Search" /> },
  { of: 'IconButton', state: 'small', draw: () => <IconButton small icon="more" label="More" /> },
  {
    of: 'IconButton',
    state: 'pressed',
    draw: () => <IconButton icon="star" label="Favourite" aria-pressed />,
  },
  {
    of: 'IconButton',
    state: 'cannot be pressed',
    draw: () => <IconButton icon="send" label="Send" disabled />,
  },
  {
    of: 'Icon',
    state: 'all of them',
    draw: () => (
      <ul class="icons">
        {ICONS.map(name => (
          <li key={name}>
            <Icon name={name} />
            {name}
          </li>
        ))}
      </ul>
    ),
  },
]
