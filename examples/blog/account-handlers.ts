/** Sign-up, sign-in and sign-out. */
import { HTTPError, isLocalTarget } from '@typhoon/core'
import { authorName, LIMITS, newPassword, type Problems } from './form-fields.ts'
import { PageHandler } from './page-handler.ts'

export class SignUpHandler extends PageHandler {
  override async get(): Promise<void> {
    if (!(await this.authors.isSignUpOpen())) throw new HTTPError(403, 'sign-up is closed')
    await this.showForm('sign-up', { name: '' })
  }

  override async post(): Promise<void> {
    const problems: Problems = new Map()
    const name = authorName(this.getBodyArgument('name', ''), problems)
    const password = newPassword(this.getBodyArgument('password', '', { strip: false }), problems)
    if (problems.size > 0) return this.showForm('sign-up', { name }, problems)
    const author = await this.authors.signUp(name, password)
    if (author === 'closed') throw new HTTPError(403, 'sign-up is closed')
    if (author === 'taken') {
      return this.showForm('sign-up', { name }, new Map([['name', 'Somebody else has that name.']]))
    }
    this.signIn(author)
    this.redirect('/', { status: 303 })
  }
}

export class SignInHandler extends PageHandler {
  override async get(): Promise<void> {
    await this.#show('')
  }

  override async post(): Promise<void> {
    const name = this.getBodyArgument('name', '')
    const password = this.getBodyArgument('password', '', { strip: false })
    const fits = name.length <= LIMITS.name && password.length <= LIMITS.password
    const author = fits ? await this.authors.signIn(name, password) : undefined
    if (author === undefined) {
      return this.#show(name, new Map([['password', 'That name and password do not belong together.']]))
    }
    this.signIn(author)
    this.redirect(this.#next(), { status: 303 })
  }

  async #show(name: string, problems?: Problems): Promise<void> {
    const isSignUpOpen = await this.authors.isSignUpOpen()
    await this.showForm('sign-in', { name, next: this.#next(), isSignUpOpen }, problems)
  }

  /** Where to go afterwards; the argument comes from a link that anybody may have made. */
  #next(): string {
    const next = this.getArgument('next', '/')
    return isLocalTarget(next) ? next : '/'
  }
}

export class SignOutHandler extends PageHandler {
  override post(): void {
    this.signOut()
    this.redirect('/', { status: 303 })
  }
}
