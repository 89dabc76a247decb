/** What this device keeps for the hours without a network, and how much it may. */
import { BUDGETS, sizeText } from '@fieldpost/core'
import { useShell, useStore } from '@fieldpost/parts'
import { Button } from '@fieldpost/ui'
import { useEffect } from 'preact/hooks'

export function Device() {
  const shell = useShell()
  const store = useStore()
  const { keeping } = shell.client
  const used = keeping.used.value
  useEffect(() => void keeping.weigh().catch(() => {}), [keeping])
  const clear = async () => {
    const away = store.link.value !== 'online'
    const sure = await shell.confirm({
      title: 'Delete what this device keeps?',
      text: `Messages and pictures are fetched again when you open them${away ? ', which needs the server, and it is out of reach now' : ''}. What you wrote and was not sent yet stays.`,
      action: 'Clear now',
      danger: true,
    })
    if (!sure) return
    await keeping.clear()
    shell.client.notice('This device keeps nothing of the conversations any more.')
  }
  return (
    <section aria-labelledby="device">
      <h2 id="device">This device</h2>
      <p>
        What you have read is kept here for the hours without a network. When it is too much, the
        conversations that were silent longest leave first.
      </p>
      {keeping.full.value && (
        <p class="trouble" role="alert">
          This device has no room left, so what comes in is not kept. Clear what is kept, or make room
          elsewhere on the device.
        </p>
      )}
      <p role="status">
        {used
          ? `About ${sizeText(used.messages)} of messages in ${used.conversations === 1 ? '1 conversation' : `${used.conversations} conversations`}, and ${sizeText(used.pictures)} of pictures.`
          : 'Weighing what is kept…'}
      </p>
      <div class="row">
        <label>
          Keep at most{' '}
          <select
            class="box"
            value={String(keeping.budget.value)}
            onChange={e => void keeping.choose(Number(e.currentTarget.value))}
          >
            {BUDGETS.map(b => (
              <option key={b} value={String(b)}>
                {sizeText(b)}
              </option>
            ))}
          </select>
        </label>
        <Button onClick={() => void clear()}>Clear now</Button>
      </div>
    </section>
  )
}
