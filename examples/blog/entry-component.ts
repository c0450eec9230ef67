import { Component } from '@typhoon/templates'
import type { Entry } from './entries.ts'

/** An entry on a page, with the style that it needs. */
export class EntryComponent extends Component {
  /** @param level - of its heading: 1 on a page of its own, 2 among others */
  override render(entry: Entry, level: 1 | 2): string | Promise<string> {
    return this.renderString('modules/entry', { entry, level })
  }

  override cssFiles(): readonly string[] {
    return ['entry.css']
  }
}
