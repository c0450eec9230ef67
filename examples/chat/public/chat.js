// @ts-check
/**
 * A room in the browser. The page has come with the latest messages; from there on this follows the room by a socket.
 *
 * The hub's messages come as `{ id, time, data }`, or as `{ gap: true }` where some are missing and all that are left
 * follow. A socket that is opened again says which id was the last, and gets the rest. The other events have a type;
 * `ready` means that everything missed has been sent. A message that is written here carries a key, and is sent until it
 * comes back with it, so that it is neither lost nor there twice when the connection breaks at the wrong moment.
 *
 * @typedef {{ id: string, name: string }} Person
 * @typedef {{ id: string, time: number, data: { author: Person, text: string, key?: string } }} HubMessage
 * @typedef {{ type: 'people', people: Person[] }
 *   | { type: 'join' | 'leave', person: Person }
 *   | { type: 'ready' }
 *   | { type: 'refused', key: string, reason: string }} RoomEvent
 */

const SHORTEST_WAIT = 500 // ms before the first new attempt; it doubles from one to the next
const LONGEST_WAIT = 30_000
const ANSWER_TIMEOUT = 10_000 // ms until a server that does not answer is taken for lost
const SIGNED_OUT = 4401 // close code
const MAX_WAITING = 8 // messages of ours that have not come back; the server takes no more at once
const MAX_SHOWN = 500 // messages; older ones are taken out of the page
const SAME_BREATH = 5 * 60 * 1000 // ms within which messages of one person stand together

const room = element('room', HTMLElement)
const log = element('log', HTMLElement)
const messages = element('messages', HTMLOListElement)
const pending = element('pending', HTMLOListElement)
const news = element('news', HTMLButtonElement)
const people = element('people', HTMLUListElement)
const connection = element('connection', HTMLElement)
const composer = element('composer', HTMLFormElement)
const text = element('text', HTMLTextAreaElement)
const problem = element('problem', HTMLElement)
const template = element('message', HTMLTemplateElement)

const me = room.dataset.me ?? ''
const title = document.title

/**
 * @template {HTMLElement} E
 * @param {string} id
 * @param {new () => E} type
 * @returns {E}
 */
function element(id, type) {
  const found = document.getElementById(id)
  if (found instanceof type) return found
  throw new Error(`the page has no ${type.name} #${id}`)
}

// Messages

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })
const calendar = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' })
const calendarAndClock = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })

/**
 * @param {Person} author
 * @param {string} text
 * @param {number} time
 */
function messageItem(author, text, time) {
  const item = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true))
  item.dataset.author = author.id
  item.classList.toggle('own', author.id === me)
  part(item, '.name').textContent = author.name
  part(item, '.text').textContent = text
  part(item, 'time').setAttribute('datetime', new Date(time).toISOString())
  return item
}

/**
 * @param {ParentNode} parent
 * @param {string} selector
 */
function part(parent, selector) {
  return /** @type {HTMLElement} */ (parent.querySelector(selector)) // each message has it, by its template
}

/** @param {Element} item */
function timeOf(item) {
  return new Date(part(item, 'time').getAttribute('datetime') ?? '')
}

/**
 * Shows times as the reader's clock has them, begins a day where one begins, and draws together what belongs together.
 *
 * @param {HTMLElement} item
 */
function arrange(item) {
  const time = timeOf(item)
  const label = part(item, 'time')
  label.textContent = clock.format(time)
  label.title = calendarAndClock.format(time)
  const previous = /** @type {HTMLElement | null} */ (item.previousElementSibling)
  const earlier = previous?.matches('.message') ? timeOf(previous) : undefined
  if (earlier?.toDateString() !== time.toDateString()) item.before(dayItem(time))
  else if (previous?.dataset.author === item.dataset.author && +time - +earlier < SAME_BREATH)
    item.classList.add('follows')
}

/** @param {Date} time */
function dayItem(time) {
  const item = document.createElement('li')
  item.className = 'day'
  item.textContent = calendar.format(time)
  return item
}

/** @param {HubMessage} message */
function show({ time, data: { author, text, key } }) {
  keepingPlace(author.id === me, () => {
    if (key !== undefined) settle(key)
    const item = messageItem(author, text, time)
    if (author.id !== me) item.classList.add('new')
    messages.append(item)
    arrange(item)
  })
  if (isAtEnd()) removeOldest()
}

function removeOldest() {
  while (messages.childElementCount > MAX_SHOWN) messages.firstElementChild?.remove()
  messages.firstElementChild?.classList.remove('follows')
}

/** The hub no longer has what came after the last message that is shown. */
function showGap() {
  const item = document.createElement('li')
  item.className = 'gap'
  item.textContent = 'Some messages in between are no longer kept.'
  messages.replaceChildren(item)
}

// Scrolling: 0 is the end, further up is negative

let unread = 0

function isAtEnd() {
  return log.scrollTop > -48
}

function scrollToEnd() {
  log.scrollTop = 0
  markRead()
}

/**
 * Adds to the end: in view if that is where the reader is, else without moving what is being read.
 *
 * @param {boolean} isOwn
 * @param {() => void} add
 */
function keepingPlace(isOwn, add) {
  const wasAtEnd = isAtEnd()
  const top = messages.getBoundingClientRect().top
  add()
  if (wasAtEnd) log.scrollTop = 0
  else log.scrollTop += messages.getBoundingClientRect().top - top
  if (!isOwn && (!wasAtEnd || document.hidden)) markUnread()
}

function markUnread() {
  unread += 1
  news.textContent = unread === 1 ? '1 new message' : `${unread} new messages`
  news.hidden = isAtEnd()
  document.title = `(${unread}) ${title}`
}

function markRead() {
  unread = 0
  news.hidden = true
  document.title = title
}

log.addEventListener('scroll', () => {
  if (isAtEnd() && !document.hidden) markRead()
})
document.addEventListener('visibilitychange', () => {
  if (isAtEnd() && !document.hidden) markRead()
})
news.addEventListener('click', () => {
  scrollToEnd()
  text.focus()
})

// People

/** @param {readonly Person[]} present */
function showPeople(present) {
  people.replaceChildren(...present.map(personItem))
}

/** @param {Person} person */
function personItem({ id, name }) {
  const item = document.createElement('li')
  const label = document.createElement('bdi')
  item.dataset.id = id
  label.textContent = name
  item.append(label)
  return item
}

/** @param {Person} person */
function showJoin(person) {
  if (findPerson(person) !== undefined) return
  const after = personItems().find((item) => (item.textContent ?? '').localeCompare(person.name) > 0)
  people.insertBefore(personItem(person), after ?? null)
}

/** @param {Person} person */
function findPerson({ id }) {
  return personItems().find((item) => item.dataset.id === id)
}

function personItems() {
  return /** @type {HTMLElement[]} */ ([...people.children])
}

// Connection

/** @type {WebSocket | undefined} */
let socket
let lastId = room.dataset.since ?? ''
let isReady = false
let attempts = 0
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer

const STATES = {
  connecting: 'Connecting…',
  connected: 'Connected',
  lost: 'Connection lost, trying again…',
  offline: 'No network',
  'signed-out': 'Signed out: load the page anew to sign in',
}

/** @param {keyof typeof STATES} state */
function showState(state) {
  connection.hidden = false
  if (connection.dataset.state === state) return
  connection.dataset.state = state
  connection.textContent = STATES[state]
}

/** Opens the socket, unless that has been done; at once, if a later moment had been chosen for it. */
function connect() {
  if (socket !== undefined) return
  const url = new URL(room.dataset.socket ?? '', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  if (lastId !== '') url.searchParams.set('since', lastId)
  if (attempts === 0) showState('connecting')
  const opening = new WebSocket(url)
  socket = opening
  expectAnswer()
  opening.addEventListener('message', ({ data }) => {
    if (opening === socket) receive(JSON.parse(data))
  })
  opening.addEventListener('close', ({ code }) => {
    if (opening === socket) disconnected(code)
  })
}

/** Takes the server for lost if nothing comes from it for a while. */
function expectAnswer() {
  clearTimeout(timer)
  timer = setTimeout(() => disconnected(1006), ANSWER_TIMEOUT)
}

/** @param {number} code */
function disconnected(code) {
  clearTimeout(timer)
  socket?.close()
  socket = undefined
  isReady = false
  if (code === SIGNED_OUT) return showState('signed-out')
  showState(navigator.onLine ? 'lost' : 'offline') // without a network, a server on this machine may still be there
  const wait = Math.min(SHORTEST_WAIT * 2 ** attempts, LONGEST_WAIT)
  attempts += 1
  timer = setTimeout(connect, wait * (0.5 + Math.random() / 2)) // not everybody at the same moment
}

/** @param {HubMessage | { gap: true } | RoomEvent} event */
function receive(event) {
  clearTimeout(timer)
  if ('gap' in event) return showGap()
  if ('data' in event) {
    lastId = event.id
    return show(event)
  }
  switch (event.type) {
    case 'people':
      return showPeople(event.people)
    case 'join':
      return showJoin(event.person)
    case 'leave':
      return findPerson(event.person)?.remove()
    case 'refused':
      return takeBack(event.key, event.reason)
    case 'ready':
      isReady = true
      attempts = 0
      showState('connected')
      for (const key of outbox.keys()) send(key)
  }
}

addEventListener('beforeunload', () => {
  if (isReady) socket?.close() // not to be counted by the list of rooms that may come next
})
addEventListener('offline', () => disconnected(1006))
addEventListener('online', connect)
addEventListener('pageshow', connect)

// Writing

/** @type {Map<string, string>} what has been sent and has not come back, in order */
const outbox = new Map()
const keyPrefix = Array.from(crypto.getRandomValues(new Uint32Array(2)), (part) => part.toString(36)).join('')
let keys = 0

/** @param {string} key */
function send(key) {
  if (!isReady) return
  socket?.send(JSON.stringify({ key, text: outbox.get(key) }))
  expectAnswer()
}

/** @param {string} written */
function post(written) {
  keys += 1
  const key = `${keyPrefix}-${keys}`
  const item = messageItem({ id: me, name: 'You' }, written, Date.now())
  item.dataset.key = key
  part(item, 'time').textContent = 'sending…'
  outbox.set(key, written)
  pending.append(item)
  scrollToEnd()
  send(key)
}

/**
 * A message needs no more sending, if it was ours. Returns its text.
 *
 * @param {string} key
 */
function settle(key) {
  const written = outbox.get(key)
  outbox.delete(key)
  pending.querySelector(`[data-key="${CSS.escape(key)}"]`)?.remove()
  return written
}

/**
 * The server does not want a message: the author gets it back.
 *
 * @param {string} key
 * @param {string} reason
 */
function takeBack(key, reason) {
  const refused = settle(key)
  if (refused === undefined) return
  text.value = text.value === '' ? refused : `${refused}\n${text.value}`
  problem.textContent = reason
}

composer.addEventListener('submit', (event) => {
  event.preventDefault()
  const written = text.value.trim()
  problem.textContent = outbox.size < MAX_WAITING ? '' : 'Please wait until the messages so far have been sent.'
  if (outbox.size >= MAX_WAITING) return
  if (written !== '') post(written)
  text.value = ''
  text.focus()
})
text.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  composer.requestSubmit()
})

for (const item of messages.querySelectorAll('.message')) arrange(/** @type {HTMLElement} */ (item))
element('text-hint', HTMLElement).hidden = false
connect()
