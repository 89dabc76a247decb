/** The question before a message reaches many. It is asked seldom, so it comes when it is. */
import { type Reach, reachOf } from '@fieldpost/core/reach'
import type { Shell } from '@fieldpost/parts'
import { listText } from '@fieldpost/words'
import { t } from '@fieldpost/words/far'

function told({ names, people, zones }: Reach): string {
  const who = t('write.manyText', { names: listText(names.map(n => `@${n}`)), count: people })
  return zones > 0 ? `${who} ${t('write.manyZones', { count: zones })}` : who
}

/**
 * Whether a message with these names is to be sent: where they reach few, nobody is asked. Nor is anybody who wrote on
 * while it was found out, for it is not the message any more.
 */
export async function askMany(
  shell: Shell,
  channel: string,
  names: readonly string[],
  isSame: () => boolean,
): Promise<boolean> {
  const reach = await reachOf(shell.client, channel, names)
  if (!reach || !isSame()) return isSame()
  return shell.confirm({
    title: t('write.manyTitle'),
    text: told(reach),
    action: t('write.send'),
    leave: t('write.goOnWriting'),
  })
}
