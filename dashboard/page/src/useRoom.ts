/** The responses to all browsers of the room together, for the pictures of the Traffic page. */
import { computed, onBeforeUnmount, readonly, ref, shallowRef } from 'vue'
import type { Answer } from '../../../web-app/src/api.ts'
import { TrafficLog, type VersionSummary } from '../../../web-app/src/traffic.ts'
import type { RoomNews } from '../../types.ts'
import { call, follow } from './server.ts'

const refreshMilliseconds = 250
/** Marks for each news, which come every 200 ms: as many as the picture can show. */
const mostMarks = 20

/** @param onAnswer called with responses that the picture shows; when there are many, with some of them */
export function useRoom(onAnswer: (answer: Answer) => void) {
  /** For the browsers; empty without LISTEN, and undefined until it is known. */
  const url = ref<string>()
  const browsers = ref(0)
  const summary = shallowRef<VersionSummary[]>([])
  const rate = ref(0)
  /** One mark of the picture stands for so many responses. */
  const perMark = ref(1)
  const log = new TrafficLog()
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000

  function show(news: RoomNews): void {
    browsers.value = news.browsers
    for (const answer of news.answers) log.record(answer, seconds())
    const step = Math.max(1, Math.ceil(news.answers.length / mostMarks))
    if (news.answers.length > 0) perMark.value = step
    const shown = news.answers.filter((_, index) => index % step === 0)
    // Not all at once: the news are those of 200 ms.
    for (const [index, answer] of shown.entries()) setTimeout(() => onAnswer(answer), (200 * index) / shown.length)
  }

  function refresh(): void {
    summary.value = log.summary()
    const now = Math.floor(seconds())
    rate.value = log.between(now - 5, now).answers / 5
  }

  const timer = setInterval(refresh, refreshMilliseconds)
  onBeforeUnmount(() => clearInterval(timer))
  // The page says itself when it lost the dashboard.
  call<{ url: string }>('GET', 'room').then(
    (found) => (url.value = found.url),
    () => undefined,
  )
  void follow('room/news', show, () => undefined)

  return {
    url: readonly(url),
    browsers: readonly(browsers),
    rate: readonly(rate),
    perMark: readonly(perMark),
    /** Responses of about five seconds: enough for a steady picture, and few enough to follow a promotion. */
    last: computed(() => Math.min(1000, Math.max(100, Math.round(5 * rate.value)))),
    traffic: { log: () => log, seconds, summary, running: readonly(ref(true)) },
  }
}
