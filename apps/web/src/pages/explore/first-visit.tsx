import { Tabs } from '@base-ui/react/tabs'
import type { StatusResponse } from '@waybill/api'
import type { ReactNode } from 'react'
import { CopyButton } from '../../ui/copy.tsx'
import type { Sample } from './samples.ts'
import { samples } from './samples.ts'
import './first-visit.css'

/** Shown while nothing is stored: how to send a first span. The page moves on by itself when one arrives. */
export function FirstVisit({ status }: { readonly status: StatusResponse }): ReactNode {
  const endpoint = otlpEndpoint(status)
  return (
    <section className="first-visit">
      <h1>Nothing has arrived yet</h1>
      <p className="dim">
        Waybill is ready and waiting for its first span. Send one in a language of your choice: this page
        shows it as soon as it is there.
      </p>
      <Tabs.Root defaultValue={samples[0]?.language}>
        <Tabs.List className="first-visit-tabs" aria-label="Language">
          {samples.map(sample => (
            <Tabs.Tab key={sample.language} value={sample.language} className="tab">
              {sample.language}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {samples.map(sample => (
          <Tabs.Panel key={sample.language} value={sample.language}>
            <SampleCode sample={sample} endpoint={endpoint} />
          </Tabs.Panel>
        ))}
      </Tabs.Root>
      <output className="first-visit-wait">
        <span className="pulse" aria-hidden /> waiting for the first span
      </output>
      <table className="first-visit-receivers">
        <caption>Spans are taken at</caption>
        <tbody>
          {status.receivers.filter(takesSpans).map(receiver => (
            <tr key={receiver.name + receiver.address}>
              <th scope="row">{receiver.name}</th>
              <td className="mono">{receiver.address}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** Whether spans are sent to an address; the status has those of queries and samplers, too. */
function takesSpans({ name }: StatusResponse['receivers'][number]): boolean {
  return !/^(sampling|query|health)/.test(name)
}

function SampleCode(props: { readonly sample: Sample; readonly endpoint: string }): ReactNode {
  const { language } = props.sample
  const command = props.sample.command?.replaceAll('{{endpoint}}', props.endpoint)
  const code = props.sample.code.replaceAll('{{endpoint}}', props.endpoint)
  return (
    <>
      {command !== undefined && <Code text={command} what={`${language} command`} />}
      <Code text={code} what={`${language} sample`} />
    </>
  )
}

function Code(props: { readonly text: string; readonly what: string }): ReactNode {
  return (
    <div className="code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, also by keyboard */}
      <pre tabIndex={0}>{props.text}</pre>
      <CopyButton text={props.text} what={props.what} />
    </div>
  )
}

/** The address of the OTLP/HTTP receiver, as an address a client can be given. */
export function otlpEndpoint(status: StatusResponse): string {
  const receiver = status.receivers.find(({ name }) => /otlp/i.test(name) && /http/i.test(name))
  if (receiver === undefined) return `http://${location.hostname}:4318`
  const address = /^https?:/.test(receiver.address) ? receiver.address : `http://${receiver.address}`
  return address.replace(/\/v1\/traces\/?$/, '').replace(/\/$/, '')
}
