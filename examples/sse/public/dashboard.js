/** Draws the samples that the server sends. */
const KEPT = 120
const MEGABYTE = 1024 * 1024
const HEIGHT = 38

/** How each metric is written, and what the top of its scale is at least. */
const metrics = {
  lag: { unit: 'ms', scale: 1, digits: 1, atLeast: 5 },
  rate: { unit: '/s', scale: 1, digits: 0, atLeast: 10 },
  memory: { unit: 'MB', scale: MEGABYTE, digits: 1, atLeast: 10 },
  heap: { unit: 'MB', scale: MEGABYTE, digits: 1, atLeast: 10 },
}

const samples = []
const tiles = [...document.querySelectorAll('[data-metric]')].map(prepare)
const statusLine = document.querySelector('#status')
const events = new EventSource('/events') // it reconnects by itself, and names the last id that it has seen

events.addEventListener('message', ({ data }) => {
  samples.push(JSON.parse(data))
  samples.splice(0, samples.length - KEPT)
  requestAnimationFrame(draw)
})
events.addEventListener('gap', () => samples.splice(0)) // the server, or this page, was away for too long
events.addEventListener('hello', ({ data }) => {
  const { pid, uptime } = JSON.parse(data)
  const started = new Date(Date.now() - uptime * 1000).toLocaleTimeString()
  document.querySelector('#process').textContent = `Process ${pid}, up since ${started}`
})
events.addEventListener('open', () => show('live', 'Live'))
events.addEventListener('error', () => show('waiting', 'Connection lost, trying again'))

document.querySelector('#load').addEventListener('click', ({ currentTarget }) => void sendRequests(currentTarget))

async function sendRequests(button) {
  button.disabled = true
  await Promise.allSettled(Array.from({ length: 500 }, () => fetch('/ping', { cache: 'no-store' })))
  button.disabled = false
}

function show(state, text) {
  statusLine.dataset.state = state
  statusLine.textContent = text
}

function prepare(tile) {
  tile.append(document.querySelector('#chart').content.cloneNode(true))
  const part = (name) => tile.querySelector(name)
  const title = part('h2').textContent
  part('.unit').textContent = metrics[tile.dataset.metric].unit
  part('svg').setAttribute('aria-label', `${title} over the last two minutes`)
  const prepared = { name: tile.dataset.metric, part, at: undefined }
  part('svg').addEventListener('pointermove', ({ clientX, currentTarget }) => {
    const { left, width } = currentTarget.getBoundingClientRect()
    prepared.at = Math.round(((clientX - left) / width) * (KEPT - 1))
    drawTile(prepared)
  })
  part('svg').addEventListener('pointerleave', () => {
    prepared.at = undefined
    drawTile(prepared)
  })
  return prepared
}

function draw() {
  for (const tile of tiles) drawTile(tile)
  document.querySelector('#readers').textContent = samples.at(-1)?.readers ?? 0
}

function drawTile({ name, part, at }) {
  const { scale, digits, atLeast, unit } = metrics[name]
  const first = KEPT - samples.length
  const values = samples.map((sample) => sample[name] / scale)
  const top = Math.max(atLeast, ...values) * 1.1
  const points = values.map((value, i) => `${first + i} ${(39 - (value / top) * HEIGHT).toFixed(2)}`)
  const line = points.length > 1 ? `M${points.join('L')}` : ''
  part('.line').setAttribute('d', line)
  part('.area').setAttribute('d', line && `${line}L${KEPT - 1} 39L${first} 39Z`)
  const shown = at === undefined || at < first ? values.length - 1 : at - first
  for (const end of ['x1', 'x2']) part('.cursor').setAttribute(end, first + shown)
  part('.number').textContent = values[shown]?.toFixed(digits) ?? '–'
  part('.time').textContent =
    shown === values.length - 1 ? 'two minutes ago' : new Date(samples[shown].time).toLocaleTimeString()
  part('.top').textContent = `up to ${top.toFixed(digits)} ${unit}`
}
