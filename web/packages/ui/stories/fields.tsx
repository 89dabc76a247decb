import { useState } from 'preact/hooks'
import { Field } from '../src/index.ts'
import type { Story } from './story.ts'

function Sample({
  from = '',
  ...rest
}: { from?: string; label: string } & Partial<Parameters<typeof Field>[0]>) {
  const [value, set] = useState(from)
  return <Field {...rest} value={value} onInput={set} />
}

export const fields: readonly Story[] = [
  { of: 'Field', state: 'empty', draw: () => <Sample label="Name of the channel" /> },
  {
    of: 'Field',
    state: 'with a hint',
    draw: () => <Sample label="Address" from="engine-room" hint="Small letters, digits and hyphens." />,
  },
  {
    of: 'Field',
    state: 'wrong',
    draw: () => <Sample label="Email" type="email" from="mira@" wrong="This is not an address." />,
  },
  { of: 'Field', state: 'of a secret', draw: () => <Sample label="Password" from="correct horse" reveal /> },
  {
    of: 'Field',
    state: 'to be read only',
    draw: () => <Sample label="ID" from="zjhprwujp6aofbtw3w6zkkqppc" readOnly />,
  },
]
