import * as React from 'react'

const twoDigits = (value: number) => String(Math.floor(value)).padStart(2, '0')

/** '05:09 min', '03:20 hours' or '2 days 03:20 hours'. */
export function Duration({ durationS }: { durationS: number }) {
  const [minutes, hours, days] = [durationS / 60, durationS / 3600, Math.floor(durationS / 86_400)]
  if (hours < 1) return <span>{`${twoDigits(minutes)}:${twoDigits(durationS % 60)} min`}</span>
  return <span>{`${days > 0 ? `${days} days ` : ''}${twoDigits(hours % 24)}:${twoDigits(minutes % 60)} hours`}</span>
}
