import type { Actions, Client, Shown, Signal, Store, ThemeColours, ThemeName } from '@fieldpost/core'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'

/** A question with two answers. */
export interface SureQuestion {
  title: string
  text: string
  /** What the button says that does it. */
  action: string
  /** What the other one says; to cancel, where nothing else is said. */
  leave?: string
  danger?: boolean
}

/** What the features need from the application around them. */
export interface Shell {
  client: Client
  /** What can be done, by name; a part adds what it can while it is there. */
  actions: Actions
  /** Goes to an address of this client. */
  go: (path: string, replace?: boolean) => void
  team: () => string
  teamId: () => string
  /** The list or page that is open in place of a conversation, if any. */
  page: () => string
  openThread: (root: string) => void
  closeThread: () => void
  /** Opens what a channel has beside its conversation; without a name, closes it. */
  openPanel: (name: string) => void
  showProfile: (user: string, anchor: Element) => void
  showGroup: (name: string, anchor: Element) => void
  /** Opens a file over everything, among `all`, or else among those of its channel or message. */
  viewFile: (file: Shown, all?: readonly Shown[]) => void
  /** Asks where a thread is to go, and takes it there. */
  moveThread: (root: string) => void
  /** Asks how a conversation is to become a channel, and makes it one. */
  convertGroup: (channel: string) => void
  pickEmoji: (anchor: Element, onPick: (name: string) => void) => void
  /** Asks for a moment to come; nothing if the reader thought better of it. */
  askWhen: (q: { title: string; action: string; soon?: boolean }) => Promise<number | undefined>
  look: LookOfHere
  /** Asks what the reader says of themselves, or until when they are not to be disturbed. */
  askStatus: (what: 'saying' | 'quiet') => void
  confirm: (q: SureQuestion) => Promise<boolean>
}

/** What of the look belongs to this device and this moment, and not to the account. */
export interface LookOfHere {
  /** The theme that holds: of this device, or else of the account. */
  theme: () => ThemeName
  setTheme: (theme: ThemeName) => void
  /** The theme that holds on this device only, if there is one. */
  here: Signal<ThemeName | undefined>
  setHere: (theme: ThemeName | undefined) => void
  /** Colours that are being tried, before anybody decided on them. */
  trying: Signal<ThemeColours | undefined>
}

const Context = createContext<Shell | undefined>(undefined)
export const ShellProvider = Context.Provider

export function useShell(): Shell {
  const s = useContext(Context)
  if (!s) throw new Error('drawn outside the shell')
  return s
}

export const useStore = (): Store => useShell().client.store

/** Goes where a command or button says: inside this client, or elsewhere in another window. */
export function goTo(shell: Shell, to: string | undefined): void {
  if (!to) return
  const path = to.startsWith(location.origin) ? to.slice(location.origin.length) : to
  if (path === '/login') void shell.client.logout()
  else if (path.startsWith('/') && !path.startsWith('//')) shell.go(path)
  else if (/^https?:/.test(path)) open(path, '_blank', 'noopener')
}
