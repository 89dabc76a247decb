import type { Client, Store } from '@fieldpost/core'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'

/** What the features need from the application around them. */
export interface Shell {
  client: Client
  /** Goes to an address of this client. */
  go: (path: string, replace?: boolean) => void
  team: () => string
  teamId: () => string
  openThread: (root: string) => void
  closeThread: () => void
  showProfile: (user: string, anchor: Element) => void
  pickEmoji: (anchor: Element, onPick: (name: string) => void) => void
  confirm: (q: { title: string; text: string; action: string; danger?: boolean }) => Promise<boolean>
}

const Context = createContext<Shell | undefined>(undefined)
export const ShellProvider = Context.Provider

export function useShell(): Shell {
  const s = useContext(Context)
  if (!s) throw new Error('drawn outside the shell')
  return s
}

export const useStore = (): Store => useShell().client.store
