// Run by the system's Node before anything is installed, so it must be readable for old ones too: the rest is
// loaded only after the version has been looked at.
const oldest = 20

if (Number(process.versions.node.split('.')[0]) < oldest) {
  console.error(
    `Waybill needs Node ${oldest} or newer with npm; this is ${process.version} (${process.execPath}).`,
  )
  process.exit(1)
}

import('./install/dependencies.mjs')
  .then(({ installDependencies }) => installDependencies())
  .catch(error => {
    console.error(error.message)
    process.exit(1)
  })
