import { Avatar, Badge, type Presence } from '../src/index.ts'
import type { Story } from './story.ts'

const PRESENCES: readonly Presence[] = ['online', 'away', 'dnd', 'offline']

export const people: readonly Story[] = [
  { of: 'Avatar', state: 'plain', draw: () => <Avatar name="Mira Okafor" seed="mira" /> },
  ...PRESENCES.map(presence => ({
    of: 'Avatar',
    state: presence,
    draw: () => <Avatar name="Jonas Lindqvist" seed="jonas" presence={presence} />,
  })),
  { of: 'Avatar', state: 'small', draw: () => <Avatar name="Aiko Tanaka" seed="aiko" size="1.4rem" /> },
  { of: 'Avatar', state: 'large', draw: () => <Avatar name="Inês Moura" seed="ines" size="6rem" /> },
  { of: 'Avatar', state: 'of another script', draw: () => <Avatar name="Олена Шевченко" seed="olena" /> },
  {
    of: 'Avatar',
    state: 'whose picture is not to be had',
    draw: () => <Avatar name="Sam Whitfield" seed="sam" picture="/nowhere.png" />,
  },
  { of: 'Badge', state: 'a few', draw: () => <Badge count={3} label="3 mentions" /> },
  { of: 'Badge', state: 'many', draw: () => <Badge count={240} label="240 mentions" /> },
]
