import compression from 'compression'
import cookieParser from 'cookie-parser'
import { doubleCsrf } from 'csrf-csrf'
import express from 'express'
import morgan from 'morgan'
import { host, log, port, secret, stories, views } from './shared.mjs'

const app = express()
const { doubleCsrfProtection } = doubleCsrf({
  getSecret: () => secret,
  getSessionIdentifier: (req) => req.signedCookies.user,
  getCsrfTokenFromRequest: (req) => req.body._csrf,
})

app.set('views', views)
app.set('view engine', 'ejs')
app.use(morgan('combined', { stream: log }))
app.use(compression())
app.use(cookieParser(secret))
app.use(express.urlencoded())

app.get('/sign-in', (_req, res) => {
  res.cookie('user', 'Ada', { httpOnly: true, sameSite: 'lax', signed: true }).redirect('/')
})

app.use((req, res, next) => (req.signedCookies.user ? next() : res.sendStatus(401)))
app.use(doubleCsrfProtection)

app.get('/', (req, res) => {
  res.render('page', { user: req.signedCookies.user, stories, token: req.csrfToken() })
})
app.post('/story', (req, res) => {
  if (!req.body.title) return res.sendStatus(400)
  res.redirect(303, '/')
})

app.listen(port, host)
