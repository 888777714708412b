/** Saves what a page shows as one file of HTML, which needs no server. */

/** The rules of the page's own style sheets. */
function styles(): string {
  return [...document.styleSheets].flatMap(({ cssRules }) => [...cssRules].map(({ cssText }) => cssText)).join('\n')
}

/**
 * One self-contained file with a copy of an element. Leaves out what needs the server: everything with `data-live`.
 * @param element its elements carry all that the reader sees, so that the file needs no script
 */
export function selfContained(element: Element, title: string): string {
  const copy = element.cloneNode(true) as Element
  for (const live of copy.querySelectorAll('[data-live]')) live.remove()
  for (const details of copy.querySelectorAll('details')) details.open = true
  const policy = "default-src 'none'; style-src 'unsafe-inline'"
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="${policy}">
<title>${title}</title>
<style>
${styles()}
</style>
</head>
<body>
${copy.outerHTML}
</body>
</html>
`
}

/** Makes the browser save a file. */
export function save(name: string, content: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([content], { type: 'text/html' }))
  link.download = name
  link.click()
  // The browser has started the download.
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}
