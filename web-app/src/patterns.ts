/** Patterns that distinguish versions in an area for users who cannot distinguish the colours. */

const tile = 24
/** Dark enough to be visible on every fill, and light enough not to distract. */
const lines = 'rgb(0 0 0 / 38%)'
const cache = new Map<string, CanvasPattern>()

/**
 * The fill of a version's area; tiles are 24 pixels, for drawing at half the size.
 *
 * @param pattern as in `Look`: 0 is solid, -1 means no version
 */
export function versionPattern(
  context: CanvasRenderingContext2D,
  pattern: number,
  fill: string,
): CanvasPattern | string {
  const key = `${pattern} ${fill}`
  const known = cache.get(key)
  if (known) return known
  if (pattern === 0) return fill
  const canvas = document.createElement('canvas')
  canvas.width = tile
  canvas.height = tile
  const drawing = canvas.getContext('2d')
  if (!drawing) return fill
  drawing.fillStyle = fill
  drawing.fillRect(0, 0, tile, tile)
  drawing.strokeStyle = lines
  drawing.fillStyle = lines
  drawing.lineWidth = 2.5
  drawing.beginPath()
  drawPattern(drawing, pattern)
  const made = context.createPattern(canvas, 'repeat')
  if (!made) return fill
  cache.set(key, made)
  return made
}

function drawPattern(drawing: CanvasRenderingContext2D, pattern: number): void {
  const rising = () => line(drawing, [-6, 6, 6, -6], [-6, 30, 30, -6], [18, 30, 30, 18])
  const falling = () => line(drawing, [-6, 18, 6, 30], [-6, -6, 30, 30], [18, -6, 30, 6])
  if (pattern === 1) rising()
  else if (pattern === 2) {
    drawing.arc(6, 6, 3, 0, 2 * Math.PI)
    drawing.arc(18, 18, 3, 0, 2 * Math.PI)
    drawing.fill()
    return
  } else if (pattern === 3) line(drawing, [0, 6, 24, 6], [0, 18, 24, 18])
  else if (pattern === 4) line(drawing, [6, 0, 6, 24], [18, 0, 18, 24])
  else if (pattern === 5) falling()
  else {
    rising()
    falling()
  }
  drawing.stroke()
}

function line(drawing: CanvasRenderingContext2D, ...lines: [number, number, number, number][]): void {
  for (const [fromX, fromY, toX, toY] of lines) {
    drawing.moveTo(fromX, fromY)
    drawing.lineTo(toX, toY)
  }
}
