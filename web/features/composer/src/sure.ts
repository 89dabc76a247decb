/** Whoever is about to notify many is asked first, and goes on writing if they think better of it. */
import { manyIn } from '@fieldpost/core'
import { useShell } from '@fieldpost/parts'
import { useRef, useState } from 'preact/hooks'
import { during } from './during.ts'

export interface Sure {
  /** An answer is waited for. */
  asking: boolean
  /** Goes on with what is written here: at once, or when it was asked about and is still the same. */
  whenSure: (goOn: () => void) => void
}

export function useSure(channel: string, draft: string): Sure {
  const shell = useShell()
  const { client } = shell
  const [asking, setAsking] = useState(false)
  // What is drawn is late: a second press may come before it.
  const waits = useRef(false)
  const textNow = () => client.drafts.of(draft).peek().text

  const ask = async (names: readonly string[], goOn: () => void) => {
    const text = textNow()
    // Without the server, and not kept on this device: nobody is kept from sending.
    const part = await import('./many.ts').catch(() => undefined)
    const isSame = () => textNow() === text
    const sure = !part || (await part.askMany(shell, channel, names, isSame))
    if (sure && isSame()) goOn()
  }

  const whenSure = (goOn: () => void) => {
    if (waits.current) return
    const names = manyIn(textNow(), name => client.groups.of(name) !== undefined)
    if (names.length === 0) return goOn()
    const say = (underWay: boolean) => {
      waits.current = underWay
      setAsking(underWay)
    }
    void during(say, () => ask(names, goOn))
  }

  return { asking, whenSure }
}
