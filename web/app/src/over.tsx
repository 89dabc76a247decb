/** Draws into the dialog that is open: what lies outside it cannot be reached while it is. */
import { type Shell, ShellProvider } from '@fieldpost/parts'
import { render, type VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

export function Over({ anchor, shell, children }: { anchor: Element; shell: Shell; children: VNode }) {
  const dialog = anchor.closest('dialog')
  const box = useRef<HTMLElement | undefined>(undefined)
  useLayoutEffect(() => {
    if (!dialog) return
    const el = document.createElement('div')
    box.current = el
    dialog.append(el)
    return () => {
      render(null, el)
      el.remove()
    }
  }, [dialog])
  useLayoutEffect(() => {
    if (box.current) render(<ShellProvider value={shell}>{children}</ShellProvider>, box.current)
  })
  return dialog ? null : children
}
