/** By which clock times are written: that of this device, or of a place that its reader chooses. */
import type { Choice as Zone } from '@fieldpost/api'
import { aheadText, deviceZone, isZone, timeText, zoneOf } from '@fieldpost/core'
import { Choose, explain, type Source, useShell, useStore } from '@fieldpost/parts'
import { t } from '@fieldpost/words/far'
import { useState } from 'preact/hooks'
import { Choice, Section } from './choice.tsx'

const titleOf = (zone: string): string => zone.replaceAll('_', ' ')
const plain = (s: string): string => s.toLowerCase().replaceAll(/[_/ ]+/g, ' ')

/** Every zone that this device knows. Those whose place begins as was typed come first. */
const zones: Source = async typed => {
  const now = Date.now()
  const q = plain(typed.trim())
  const begins = (zone: string) => plain(zone.split('/').at(-1) ?? '').startsWith(q)
  return [...Intl.supportedValuesOf('timeZone'), 'UTC']
    .filter((zone, i, all) => all.indexOf(zone) === i)
    .map((zone): Zone => ({ value: zone, text: `${titleOf(zone)} · ${aheadText(zone, now)}` }))
    .filter(z => plain(z.text).includes(q))
    .sort((a, b) => Number(begins(b.value)) - Number(begins(a.value)))
}

export function TimeZone() {
  const { client } = useShell()
  const store = useStore()
  const [wrong, setWrong] = useState('')
  const me = store.me.value
  const offline = store.link.value === 'offline'
  const here = deviceZone()
  const manual = me?.timezone?.['useAutomaticTimezone'] === 'false'
  const chosen = zoneOf(me)
  const choose = async (zone: string) => {
    setWrong('')
    try {
      await client.self.setZone(zone, here)
    } catch (e) {
      setWrong(explain(e))
    }
  }
  return (
    <Section title={t('look.zone')}>
      {offline ? (
        <p>{t('look.zoneOffline')}</p>
      ) : (
        <>
          <Choice
            name="zone"
            label={t('look.zone')}
            value={manual ? 'manual' : 'auto'}
            onPick={x => void choose(x === 'auto' ? '' : here)}
            options={[
              { id: 'auto', title: t('look.zoneAuto'), hint: titleOf(here) },
              { id: 'manual', title: t('look.zoneManual'), hint: t('look.zoneManualHint') },
            ]}
          />
          {manual && (
            <Choose
              label={t('look.zonePick')}
              chosen={`${titleOf(chosen)} · ${aheadText(chosen, Date.now())}`}
              source={zones}
              onPick={z => void choose(z.value)}
            />
          )}
        </>
      )}
      {manual && !isZone(chosen) && <p class="trouble">{t('look.zoneUnknown', { zone: chosen })}</p>}
      <p>{t('look.zoneNow', { time: timeText(Date.now()) })}</p>
      {wrong && (
        <p class="trouble" role="alert">
          {wrong}
        </p>
      )}
    </Section>
  )
}
