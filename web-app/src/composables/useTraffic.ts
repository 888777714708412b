/** Sends `getmultiple` at a set rate, each time as a new user, and once a second as this browser; records the responses. */
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
/** The page shows the shares of this many last responses to this browser itself. */
export const ownWindow = 10

/**
 * Returns a stopped sender. It pauses while the page is hidden or inactive. It never aborts a request in flight: the mesh
 * would count an aborted request as a failure, and the analysis would hold it against the canary.
 *
 * @param onAnswer called at once with each response
 */
export function useTraffic(onAnswer: (answer: Answer) => void = () => {}) {
  /** Requests per second, {@link minimumRate} to {@link maximumRate}. */
  const rate = ref(10)
  /** Whether the user wants requests sent. */
  const running = ref(false)
  const summary = shallowRef<VersionSummary[]>([])
  /** Share of each version among the responses to this browser as one user, who keeps its cookies. */
  const ownShares = shallowRef(new Map<string, number>())
  /** Responses per second, measured over the last five whole seconds. */
  const measuredRate = ref(0)
  /** Whether responses are too slow for the rate, so that the sender leaves out many requests. */
  const behind = ref(false)

  let log = new TrafficLog()
  let ownLog = new TrafficLog()
  let inFlight = 0
  let ownInFlight = false
  let due = 0
  let ownDue = 0
  /** Share of about the last twenty due requests that the sender has left out. */
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

  /** Forgets all responses; a running sender continues. */
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
    // Leave out requests that are too late, instead of sending a burst.
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
    // Ignore the response to a request from before a reset.
    if (into !== log) return
    log.record(answer, seconds)
    onAnswer(answer)
    if (timer === undefined) refresh()
  }

  /** Has its own log, because one user who keeps a version is no sample of all users. */
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
    /** The current log; a reset replaces it. */
    log: () => log,
    /** Seconds that the sender has run, without pauses. */
    seconds: () => seconds,
  }
}

/** The return value of {@link useTraffic}, for components that draw it. */
export type Traffic = ReturnType<typeof useTraffic>
