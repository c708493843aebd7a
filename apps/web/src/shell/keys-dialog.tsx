import { Dialog } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import type { KeyGroup } from '../ui/keys.ts'
import { currentKeys } from '../ui/keys.ts'
import './keys-dialog.css'

const written: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Enter: 'enter',
  Escape: 'esc',
  ' ': 'space',
}

/** All keys that work on the page at this moment. */
export function KeysDialog(props: {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
}): ReactNode {
  return (
    <Dialog.Root open={props.open} onOpenChange={props.onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="keys-backdrop" />
        <Dialog.Popup className="popup keys-dialog">
          <div className="keys-title">
            <Dialog.Title>Keys</Dialog.Title>
            <Dialog.Close className="icon-btn" aria-label="Close">
              <X size={16} aria-hidden />
            </Dialog.Close>
          </div>
          <div className="keys-groups">
            {currentKeys().map(group => (
              <Group key={group.title} group={group} />
            ))}
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Group({ group }: { readonly group: KeyGroup }): ReactNode {
  return (
    <section>
      <h3>{group.title}</h3>
      <dl>
        {group.bindings.map(binding => (
          <div key={binding.label}>
            <dt>{binding.label}</dt>
            <dd>
              {binding.keys.flatMap(partsOf).map(key => (
                <kbd key={key}>{written[key] ?? key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

/** Two keys that are pressed one after the other, each for itself. */
function partsOf(key: string): readonly string[] {
  return key === ' ' ? [key] : key.split(' ')
}
