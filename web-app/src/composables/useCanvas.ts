/** A canvas that has the screen's resolution, follows the colour scheme, and draws only while something moves. */
import { onActivated, onBeforeUnmount, onDeactivated, onMounted, type ShallowRef } from 'vue'

/** The argument of a drawing function; lengths are CSS pixels where the text has its default size. */
export interface Frame {
  context: CanvasRenderingContext2D
  width: number
  height: number
  /** Milliseconds, by `performance.now()`. */
  now: number
  /** Whether the user prefers reduced motion: there is then one frame per second. */
  still: boolean
  /** Value of a CSS custom property, such as `--ink`. */
  colour: (property: string) => string
  /** Font of the page at a size in pixels. */
  font: (size: number, weight?: number) => string
}

const stillMilliseconds = 1000

/**
 * Calls `draw` for each frame, at most `framesPerSecond`, until it returns false because nothing moves any more. A change of
 * size, colour scheme or motion preference draws at least once more.
 * @returns a function that starts drawing again
 */
export function useCanvas(
  canvas: Readonly<ShallowRef<HTMLCanvasElement | null>>,
  draw: (frame: Frame) => boolean,
  framesPerSecond = 60,
): () => void {
  const motion = window.matchMedia('(prefers-reduced-motion: reduce)')
  const scheme = window.matchMedia('(prefers-color-scheme: dark)')
  const resizing = new ResizeObserver(restyle)
  let colours = new Map<string, string>()
  let request = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let visible = false

  function wake(): void {
    if (!visible || request !== 0 || timer !== undefined) return
    request = requestAnimationFrame(frame)
  }

  function frame(now: number): void {
    request = 0
    if (!render(now)) return
    // In a hidden page the browser itself stops animation frames.
    const pause = motion.matches ? stillMilliseconds : 1000 / framesPerSecond - 17
    if (pause <= 0) request = requestAnimationFrame(frame)
    else
      timer = setTimeout(() => {
        timer = undefined
        request = requestAnimationFrame(frame)
      }, pause)
  }

  function render(now: number): boolean {
    const element = canvas.value
    const context = element?.getContext('2d')
    if (!element || !context) return false
    const { clientWidth, clientHeight } = element
    // The picture grows with the text of the page: 16 pixels are the default.
    const zoom = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1
    const [width, height] = [clientWidth / zoom, clientHeight / zoom]
    const scale = window.devicePixelRatio * zoom
    const [pixelWidth, pixelHeight] = [Math.round(width * scale), Math.round(height * scale)]
    if (element.width !== pixelWidth) element.width = pixelWidth
    if (element.height !== pixelHeight) element.height = pixelHeight
    context.setTransform(scale, 0, 0, scale, 0, 0)
    context.clearRect(0, 0, width, height)
    const style = getComputedStyle(element)
    const family = style.fontFamily
    return draw({
      context,
      width,
      height,
      now,
      still: motion.matches,
      colour: (property) => {
        let value = colours.get(property)
        if (value === undefined) {
          value = style.getPropertyValue(property).trim()
          colours.set(property, value)
        }
        return value
      },
      font: (size, weight = 400) => `${weight} ${size}px ${family}`,
    })
  }

  function sleep(): void {
    visible = false
    cancelAnimationFrame(request)
    clearTimeout(timer)
    request = 0
    timer = undefined
  }

  function appear(): void {
    visible = true
    wake()
  }

  function restyle(): void {
    colours = new Map()
    if (!visible) return
    sleep()
    appear()
  }

  onMounted(() => {
    if (canvas.value) resizing.observe(canvas.value)
    motion.addEventListener('change', restyle)
    scheme.addEventListener('change', restyle)
    appear()
  })
  onActivated(appear)
  onDeactivated(sleep)
  onBeforeUnmount(() => {
    resizing.disconnect()
    motion.removeEventListener('change', restyle)
    scheme.removeEventListener('change', restyle)
    sleep()
  })

  return wake
}
