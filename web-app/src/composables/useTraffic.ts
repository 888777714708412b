/** Sends `getmultiple` at a set rate, each as somebody new, and once a second as this browser; keeps what came back. */
import { onActivated, onBeforeUnmount, onDeactivated, onMounted, readonly, ref, shallowRef } from 'vue'
import { type Answer, probe } from '../api.ts'
import { TrafficLog, type VersionSummary } from '../traffic.ts'

export const minimumRate = 1
export const maximumRate = 50

/**
 * Browsers open six HTTP/1.1 connections to a host. A seventh request would wait inside the browser, and that wait would
 * show up as a latency of the service.
 */
export const maximumInFlight = 6

const tickMilliseconds = 20
const refreshMilliseconds = 250
/** Of so many of this browser's own answers the shares are shown. */
export const ownWindow = 10

/**
 * A stopped sender. It pauses by itself while the page is hidden or left, and goes on afterwards. Requests under way are
 * left to end: an aborted one would count as a failure in the mesh's metrics, and so against the canary.
 *
 * @param onAnswer called with every answer, at once
 */
export function useTraffic(onAnswer: (answer: Answer) => void = () => {}) {
  /** Requests per second, {@link minimumRate} to {@link maximumRate}. */
  const rate = ref(10)
  /** Whether the user wants requests sent. */
  const running = ref(false)
  const summary = shallowRef<VersionSummary[]>([])
  /** Share of each version among the answers to this browser as one user, who keeps its cookies. */
  const ownShares = shallowRef(new Map<string, number>())
  /** Answers per second, measured over the last five whole seconds. */
  const measuredRate = ref(0)
  /** Whether answers come too slowly for the rate, so that many requests are left out. */
  const behind = ref(false)

  let log = new TrafficLog()
  let ownLog = new TrafficLog()
  let inFlight = 0
  let ownInFlight = false
  let due = 0
  let ownDue = 0
  /** Share of the requests that were due lately, about the last twenty, but were left out. */
  let leftOut = 0
  let seconds = 0
  let lastTick = 0
  let lastRefresh = 0
  let timer: ReturnType<typeof setInterval> | undefined
  let present = true

  function start(): void {
    running.value = true
    resume()
  }

  function stop(): void {
    running.value = false
    pause()
  }

  /** Forgets all answers; the sender goes on if it runs. */
  function reset(): void {
    log = new TrafficLog()
    ownLog = new TrafficLog()
    seconds = 0
    refresh()
  }

  function resume(): void {
    if (timer !== undefined || !running.value || !present || document.hidden) return
    lastTick = performance.now()
    due = 1
    ownDue = 1
    leftOut = 0
    timer = setInterval(tick, tickMilliseconds)
  }

  function pause(): void {
    clearInterval(timer)
    timer = undefined
    refresh()
  }

  function tick(): void {
    const now = performance.now()
    const elapsed = (now - lastTick) / 1000
    lastTick = now
    seconds += elapsed
    // What could not be sent in time is left out, not sent in a burst later.
    due = Math.min(due + elapsed * rate.value, maximumInFlight)
    for (; due >= 1; due--) {
      const full = inFlight >= maximumInFlight
      leftOut += ((full ? 1 : 0) - leftOut) / 20
      if (!full) void send()
    }
    ownDue = Math.min(ownDue + elapsed, 1)
    if (ownDue >= 1 && !ownInFlight) void sendOwn()
    if (now - lastRefresh >= refreshMilliseconds) refresh()
  }

  async function send(): Promise<void> {
    const into = log
    inFlight++
    const answer = await probe('omit')
    inFlight--
    // An answer to a request from before a reset belongs to what was forgotten.
    if (into !== log) return
    log.record(answer, seconds)
    onAnswer(answer)
    if (timer === undefined) refresh()
  }

  /** Not counted with the others: where users keep their version, one user's answers are no sample of all. */
  async function sendOwn(): Promise<void> {
    const into = ownLog
    ownDue = 0
    ownInFlight = true
    into.record(await probe('same-origin'), seconds)
    ownInFlight = false
  }

  function refresh(): void {
    lastRefresh = performance.now()
    summary.value = log.summary()
    ownShares.value = ownLog.shares(ownWindow)
    behind.value = timer !== undefined && leftOut > 0.2
    const now = Math.floor(seconds)
    const over = Math.min(5, now)
    measuredRate.value = over === 0 ? 0 : log.between(now - over, now).answers / over
  }

  function onVisibilityChange(): void {
    if (document.hidden) pause()
    else resume()
  }

  function enter(): void {
    present = true
    resume()
  }

  function leave(): void {
    present = false
    pause()
  }

  onMounted(() => document.addEventListener('visibilitychange', onVisibilityChange))
  onActivated(enter)
  onDeactivated(leave)
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', onVisibilityChange)
    leave()
  })

  return {
    rate,
    running: readonly(running),
    summary,
    ownShares,
    measuredRate: readonly(measuredRate),
    behind: readonly(behind),
    start,
    stop,
    reset,
    /** The log as it is now; ask again after a reset. */
    log: () => log,
    /** Seconds on the page's clock, which stands still while paused. */
    seconds: () => seconds,
  }
}

/** What the drawing components need of {@link useTraffic}. */
export type Traffic = ReturnType<typeof useTraffic>
