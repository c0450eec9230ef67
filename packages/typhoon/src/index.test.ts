import * as core from '@typhoon/core'
import * as pubsub from '@typhoon/pubsub'
import * as staticFiles from '@typhoon/static'
import * as templates from '@typhoon/templates'
import * as websocket from '@typhoon/websocket'
import { expect, test } from 'vitest'
import * as typhoon from './index.ts'

// a name that two packages have would be in neither of their places: `export *` leaves it out without a word
test.each(Object.entries({ core, pubsub, staticFiles, templates, websocket }))(
  '%s: every name is there',
  (_, names) => {
    expect(typhoon).toMatchObject(names)
  },
)
